// Live charts in place of the pictures. Without this script the page shows the pictures.
//
// Texts of numbers come from the data as they are. Floating point serves only to find a place on the screen.
"use strict";

const DAY = 86400;
const SHORTEST = 7 * DAY; // of a range: axis labels are dates
const HEIGHT = 320;
const dark = matchMedia("(prefers-color-scheme: dark)");
const started = new Map(); // what is loading or loaded, by name of the chart
const waiting = new Map();
const live = new Set();
const range = { first: 0, last: 0, from: 0, to: 0 }; // in seconds, whole days

// The files of data call this.
window.fxtrack = (name, packed) => unpacked(packed).then(...(waiting.get(name) ?? []));

async function unpacked(packed) {
  const bytes = new Blob([Uint8Array.from(atob(packed), letter => letter.charCodeAt(0))]);
  const text = await new Response(bytes.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  return JSON.parse(text);
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const dateText = seconds => new Date(seconds * 1000).toISOString().slice(0, 10);
const colourOf = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const hue = series => series.colour[dark.matches ? 1 : 0];

function load(figure) {
  const name = figure.dataset.name;
  if (!started.has(name)) {
    started.set(name, new Promise((resolve, reject) => {
      waiting.set(name, [resolve, reject]);
      const script = element("script", { src: figure.dataset.script });
      script.addEventListener("error", reject);
      document.head.append(script);
    }));
  }
  return started.get(name);
}

function sayGone(figure) {
  if (figure.querySelector("[role=alert]")) return;
  figure.append(element("p", { role: "alert" }, "The data of this chart are gone: a newer page has replaced this one. Reload it."));
}

// ---------------------------------------------------------------- numbers for the screen

function expand(cells) {
  return Array.isArray(cells) ? cells : cells.at.map(place => cells.values[place]);
}

function prepare(data) {
  for (const series of data.series) {
    series.cells = series.cells.map(expand);
    series.x = series.x.map(x => (data.first + x) * DAY);
    series.y ??= series.cells[0].map(text => Number(text.replaceAll(",", "")));
    if (series.half) {
      const half = series.cells[0].map(text => 0.5 * 10 ** -(text.split(".")[1]?.length ?? 0));
      series.low = series.y.map((y, k) => y - half[k]);
      series.high = series.y.map((y, k) => y + half[k]);
    }
    series.shown = true;
  }
}

// One axis for all series. A close stands for its whole day, and null at the end of a day before a gap breaks the line.
// Where only other series have a value it is undefined, which breaks nothing.
function aligned(data) {
  const ends = data.series.map(({ line, x }) => line ? x.map(day => day + DAY).filter((end, k) => x[k + 1] !== end) : []);
  const days = data.series.flatMap((series, n) => [...series.x, ...ends[n].flatMap(end => [end - 1, end])]);
  const xs = [...new Set(days)].sort((a, b) => a - b);
  const place = new Map(xs.map((x, k) => [x, k]));
  const rows = [xs];
  data.series.forEach((series, n) => {
    series.at = new Array(xs.length).fill(null); // which of its points is at each place
    series.x.forEach((x, k) => { series.at[place.get(x)] = k; });
    const row = column => xs.map((_, k) => series.at[k] === null ? undefined : column?.[series.at[k]]);
    const lines = row(series.y);
    for (const end of ends[n]) {
      lines[place.get(end - 1)] = lines[place.get(end - DAY)];
      lines[place.get(end)] = null;
    }
    rows.push(row(series.low), row(series.high), lines);
  });
  return rows;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// Labels of the time axis; below the first one of a year stands the year.
function dates(_, splits, axis, space, increment) {
  return splits.map((seconds, k) => {
    const [year, month, day] = dateText(seconds).split("-");
    if (increment >= 365 * DAY) return year;
    const name = MONTHS[month - 1];
    const text = increment >= 28 * DAY ? name : `${Number(day)} ${name}`;
    return k && dateText(splits[k - 1]).startsWith(year) ? text : `${text}\n${year}`;
  });
}

// ---------------------------------------------------------------- a live chart

function build(figure, data) {
  prepare(data);
  const rows = aligned(data);
  const xs = rows[0];
  const plot = element("div", {
    class: "plot", role: "slider", tabindex: "0", "aria-label": `${data.title}: date`, "aria-orientation": "horizontal",
  });
  const readout = element("div", { class: "readout" });
  const box = element("div", { class: "live" }, element("p", { class: "title" }, data.title), element("p", { class: "muted" }, data.about));
  if (data.series.length > 1) box.append(switches());
  box.append(plot, readout);
  figure.querySelector("picture").after(box);
  figure.classList.add("is-live");

  let stops = []; // places of xs that have a value to show
  let current = null;

  function find() {
    const inRange = x => x >= range.from && x < range.to + DAY;
    stops = xs.flatMap((x, k) => inRange(x) && data.series.some(s => s.shown && s.at[k] !== null) ? [k] : []);
    plot.setAttribute("aria-valuemin", 0);
    plot.setAttribute("aria-valuemax", Math.max(0, stops.length - 1));
    if (!stops.includes(current)) current = stops.at(-1) ?? null;
    show();
  }

  function nearest(x) {
    return stops.reduce((best, k) => best === null || Math.abs(xs[k] - x) < Math.abs(xs[best] - x) ? k : best, null);
  }

  function show() {
    const shown = current === null ? [] : data.series.filter(s => s.shown && s.at[current] !== null);
    const columns = data.columns.map((name, n) => ({ name, n })).filter(({ n }) => shown.some(s => s.cells[n][s.at[current]]));
    const date = current === null ? "No captured date in this range" : dateText(xs[current]);
    const head = [element("th", { scope: "col" }, data.of)].concat(columns.map(({ name }) => element("th", { scope: "col" }, name)));
    const body = shown.map(s => element("tr", {},
      element("th", { scope: "row" }, swatch(s), s.label),
      ...columns.map(({ name, n }) => element("td", { "data-label": name }, s.cells[n][s.at[current]] || ""))));
    const caption = element("caption", {}, date);
    const parts = shown.length
      ? [element("table", { class: columns.length > 3 ? "cards blocks" : "" }, caption, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body))]
      : [element("p", {}, date)];
    readout.replaceChildren(...parts);
    plot.setAttribute("aria-valuenow", Math.max(0, stops.indexOf(current)));
    plot.setAttribute("aria-valuetext", [date, ...shown.map(s =>
      `${s.label}: ${columns.map(({ name, n }) => `${name} ${s.cells[n][s.at[current]] || "none"}`).join(", ")}`)].join("; "));
  }

  function go(k) {
    current = k;
    chart.setCursor({ left: chart.valToPos(xs[k], "x"), top: 1 });
    show();
  }

  function swatch(series) {
    const shape = series.line ? "" : series.filled ? " dot" : " dot hollow";
    const mark = element("span", { class: `swatch${shape}`, "aria-hidden": "true" });
    mark.style.setProperty("--hue", hue(series));
    return mark;
  }

  function switches() {
    const field = element("fieldset", { class: "switches" }, element("legend", {}, data.of));
    for (const [n, series] of data.series.entries()) {
      const box = element("input", { type: "checkbox" });
      box.checked = true;
      box.addEventListener("change", () => {
        series.shown = box.checked;
        chart.batch(() => { for (const k of [1, 2, 3]) chart.setSeries(3 * n + k, { show: box.checked }); });
        find();
      });
      field.append(element("label", {}, box, swatch(series), series.label));
    }
    return field;
  }

  // The range of the captured values in view. Changes over gaps of several days, marked as far, do not set the scale.
  function valueRange() {
    let [low, high] = data.zero === undefined ? [Infinity, -Infinity] : [data.zero, data.zero];
    for (const s of data.series) {
      if (!s.shown) continue;
      s.x.forEach((x, k) => {
        if (x < range.from || x >= range.to + DAY) return;
        const ends = [s.y[k], ...(s.low && !s.far?.[k] ? [s.low[k], s.high[k]] : [])].filter(v => v !== null);
        low = Math.min(low, ...ends);
        high = Math.max(high, ...ends);
      });
    }
    if (low > high) return [0, 1];
    const room = 0.07 * (high - low) || 10 ** -data.decimals;
    return [low - room, high + room];
  }

  // Marks on a line where they do not touch each other: a captured day between gaps has no line.
  const few = (u, n, from, to) => {
    const seen = data.series[n / 3 - 1].at.slice(from, to + 1).filter(k => k !== null).length;
    return seen * 4 < u.bbox.width / devicePixelRatio;
  };
  const isAlone = ({ x }, k) => x[k] - x[k - 1] !== DAY && x[k + 1] - x[k] !== DAY;
  const marked = s => (u, n, all) => xs.flatMap((_, k) => s.at[k] !== null && (all || isAlone(s, s.at[k])) ? [k] : []);
  const width = { size: [1, Infinity, 1], align: 1 };
  const bar = n => uPlot.paths.bars({
    ...(data.series[n].line ? width : { size: [0.8, 6, 2] }),
    disp: { y0: { unit: 1, values: u => u.data[3 * n + 1] }, y1: { unit: 1, values: u => u.data[3 * n + 2] } },
  });
  const nothing = () => null;
  const hidden = { paths: nothing, points: { show: false } };
  const grid = { stroke: () => colourOf("--line"), width: 1 };
  const digits = increment => Math.min(data.decimals, Math.max(0, -Math.floor(Math.log10(increment) + 1e-9)));
  const increments = [...Array(24).keys()].flatMap(k => [1, 2, 5].map(step => step * 10 ** (k - data.decimals)));

  const chart = new uPlot({
    width: Math.max(200, plot.clientWidth), height: HEIGHT, legend: { show: false },
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: { time: true }, y: { range: valueRange } },
    axes: [
      { stroke: () => colourOf("--muted"), grid, ticks: grid, font: "12px system-ui, sans-serif", space: 70, values: dates },
      {
        stroke: () => colourOf("--muted"), grid, ticks: grid, font: "12px system-ui, sans-serif", incrs: increments,
        values: (_, splits, axis, space, increment) => splits.map(v => v.toFixed(digits(increment)).replace("-", "\u2212")),
        size: (_, values) => 16 + 7.5 * Math.max(3, ...(values ?? []).map(text => text.length)),
      },
    ],
    series: [{}, ...data.series.flatMap((s, n) => [
      hidden,
      { ...hidden, ...(s.low && { paths: bar(n), width: 0, fill: () => (s.range ? s.range[dark.matches ? 1 : 0] : hue(s)) + (s.line ? "38" : "b0") }) },
      {
        stroke: () => hue(s), width: 2, dash: s.dash,
        paths: s.line ? uPlot.paths.stepped({ align: 1 }) : nothing,
        points: s.line
          ? { show: few, filter: marked(s), size: 5, width: 0, fill: () => hue(s) }
          : { show: true, size: 7, width: 1.5, stroke: () => hue(s), fill: () => s.filled ? hue(s) : colourOf("--paper") },
      },
    ])],
    cursor: {
      y: false, drag: { x: true, y: false, setScale: false },
      move: (u, left, top) => {
        const k = left < 0 ? null : nearest(u.posToVal(left, "x"));
        return k === null ? [left, top] : [u.valToPos(xs[k], "x"), top];
      },
      dataIdx: (u, n, _, x) => {
        const k = n > 0 && n % 3 === 0 ? nearest(x) : null;
        return k !== null && data.series[n / 3 - 1].at[k] !== null ? k : null;
      },
      points: { size: 9, width: 2, stroke: (u, n) => hue(data.series[Math.max(0, Math.ceil(n / 3) - 1)]), fill: () => colourOf("--paper") },
      bind: { dblclick: () => () => setRange(range.first, range.last) },
    },
    hooks: {
      setCursor: [u => {
        const k = u.cursor.left < 0 ? null : nearest(u.posToVal(u.cursor.left, "x"));
        if (k !== null && k !== current) { current = k; show(); }
      }],
      setSelect: [u => {
        const { left, width } = u.select;
        if (width < 5) return;
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        setRange(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
      }],
      setScale: [(u, key) => { if (key === "x") queueMicrotask(find); }],
    },
  }, rows, plot);
  chart.setScale("x", { min: range.from, max: range.to + DAY });

  plot.addEventListener("keydown", event => {
    if (!stops.length || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = stops.indexOf(current);
    const steps = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: stops.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    go(stops[Math.min(stops.length - 1, Math.max(0, steps[event.key]))]);
  });
  // A finger has no hover: it shows the values below it while it moves sideways, and scrolls the page otherwise.
  for (const kind of ["pointerdown", "pointermove"]) {
    chart.over.addEventListener(kind, event => {
      if (event.pointerType === "mouse") return;
      const k = nearest(chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, "x"));
      if (k !== null) go(k);
    });
  }
  new ResizeObserver(() => {
    if (plot.clientWidth > 0 && plot.clientWidth !== chart.width) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
  }).observe(plot);
  live.add({ chart, show, swatches: () => box.querySelectorAll(".switches .swatch"), data });
}

// ---------------------------------------------------------------- the range of all charts

function setRange(from, to) {
  const day = seconds => Math.floor(seconds / DAY) * DAY;
  range.from = Math.max(range.first, Math.min(day(from), range.last - SHORTEST));
  range.to = Math.min(range.last, Math.max(day(to), range.from + SHORTEST));
  document.getElementById("from").value = dateText(range.from);
  document.getElementById("to").value = dateText(range.to);
  for (const { chart } of live) chart.setScale("x", { min: range.from, max: range.to + DAY });
}

function startTools() {
  const tools = document.getElementById("range");
  if (!tools) return;
  range.first = Date.parse(tools.dataset.first) / 1000;
  range.last = Date.parse(tools.dataset.last) / 1000;
  tools.hidden = false;
  const [from, to] = ["from", "to"].map(id => document.getElementById(id));
  // The end that was typed counts; the other one makes room for it.
  const typed = ({ target }) => {
    if (!target.validity.valid) return; // in the middle of a year, for one
    const [a, b] = [from, to].map(field => Date.parse(field.value) / 1000);
    if (Number.isNaN(a + b)) setRange(range.from, range.to);
    else setRange(target === to ? Math.min(a, b - SHORTEST) : a, b);
  };
  for (const field of [from, to]) {
    field.min = tools.dataset.first;
    field.max = tools.dataset.last;
    field.addEventListener("change", typed);
  }
  for (const button of tools.querySelectorAll("button")) {
    const days = Number(button.dataset.days);
    button.addEventListener("click", () => setRange(days ? range.last - days * DAY : range.first, range.last));
  }
  setRange(range.first, range.last);
}

// ---------------------------------------------------------------- pictures to keep

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// A page that is opened as a file would show the picture in its place.
async function saveSvg(figure) {
  const { svg } = await load(figure);
  save(new Blob([svg], { type: "image/svg+xml" }), `${figure.dataset.name}.svg`);
}

// The picture as PNG, twice as fine as on the screen, always in its light colours.
async function savePng(figure) {
  const { svg } = await load(figure);
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg.replace("(prefers-color-scheme: dark)", "not all"))}`;
  await picture.decode();
  const canvas = element("canvas", { width: 2 * picture.naturalWidth, height: 2 * picture.naturalHeight });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  save(await new Promise(resolve => canvas.toBlob(resolve, "image/png")), `${figure.dataset.name}.png`);
}

// ---------------------------------------------------------------- start

const near = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    load(target).then(data => build(target, data), () => sayGone(target));
  }
}, { rootMargin: "600px" });

startTools();
for (const figure of document.querySelectorAll("figure[data-name]")) {
  const button = element("button", { type: "button" }, "PNG");
  button.append(...[...figure.querySelectorAll(".of")].slice(0, 1).map(of => of.cloneNode(true)));
  button.addEventListener("click", () => savePng(figure).catch(() => sayGone(figure)));
  figure.querySelector(".downloads").append(" ", button);
  figure.querySelector("a[download$='.svg']").addEventListener("click", event => {
    event.preventDefault();
    saveSvg(figure).catch(() => sayGone(figure));
  });
  if (figure.hasAttribute("data-live")) near.observe(figure);
}
dark.addEventListener("change", () => {
  for (const { chart, show, swatches, data } of live) {
    swatches().forEach((mark, n) => mark.style.setProperty("--hue", hue(data.series[n])));
    show();
    chart.redraw(false, true);
  }
});
// Pictures that were never on the screen are printed as well.
addEventListener("beforeprint", () => { for (const image of document.images) image.loading = "eager"; });
