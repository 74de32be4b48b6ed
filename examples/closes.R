# A summary and a plot of the closes that `fxtrack export --output closes.csv` writes. R alone, no packages.
#
#   Rscript examples/closes.R closes.csv [closes.pdf]
#
# R computes in binary floating point: the texts in `rate` stay as printed, `value` is for sums and plots.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) < 1) stop("name the file: Rscript closes.R closes.csv [closes.pdf]", call. = FALSE)
closes <- read.csv(arguments[1], colClasses = "character")
closes$date <- as.Date(closes$page_date)
closes$value <- as.numeric(closes$rate)

summarise <- function(rows) {
  rows <- rows[order(rows$date), ]
  first <- rows[1, ]
  last <- rows[nrow(rows), ]
  # the sure range of the change, from the range of both rates
  low <- 100 * (as.numeric(last$rate_low) / as.numeric(first$rate_high) - 1)
  high <- 100 * (as.numeric(last$rate_high) / as.numeric(first$rate_low) - 1)
  data.frame(
    source = last$source, pair = last$pair, closes = nrow(rows), from = first$page_date, to = last$page_date,
    first = first$rate, last = last$rate,
    change_low_pct = floor(1000 * low) / 1000, change_high_pct = ceiling(1000 * high) / 1000
  )
}
groups <- split(closes, list(closes$source, closes$pair), drop = TRUE)
print(do.call(rbind, lapply(groups, summarise)), row.names = FALSE)

if (length(arguments) > 1) {
  pdf(arguments[2], width = 8, height = 2.2 * length(groups))
  par(mfrow = c(length(groups), 1), mar = c(2.5, 5, 2, 1), las = 1)
  for (rows in groups) {
    rows <- rows[order(rows$date), ]
    # points, no line: dates that were not captured are not drawn
    plot(rows$date, rows$value, pch = 20, xlab = "", ylab = "", main = paste(rows$pair[1], rows$source[1]))
  }
  invisible(dev.off())
}
