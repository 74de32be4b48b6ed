"""In: lines of text. Out: a reading with quotes as printed, the page date, and notes on skipped text.

`builtin` and `custom` find and read runs of entries, `marquee` chooses the ticker among them; `judgement` has the rules
of that, `headings` judges what stands above and below a run.
"""
