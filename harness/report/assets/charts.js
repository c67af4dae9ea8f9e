// Rate and latency over time, from buckets that were computed over all operations.

// bucketsIn is the range of buckets in view.
function bucketsIn(run, view) {
  const { width, ok } = run.measures;
  return [Math.max(Math.floor(view.from / width), 0), Math.min(Math.ceil(view.to / width), ok.length)];
}

function bucketAt(plot, x) {
  const { measures } = plot.run;
  return Math.min(Math.max(Math.floor(plot.time(x) / measures.width), 0), measures.ok.length - 1);
}

const CHART_AXIS = 24;

// paintScale draws the horizontal lines and their labels.
function paintScale(ctx, plot, marks, y) {
  for (const { value, text } of marks) {
    const at = Math.round(y(value)) + 0.5;
    ctx.strokeStyle = colours.line;
    ctx.beginPath();
    ctx.moveTo(plot.left, at);
    ctx.lineTo(plot.right, at);
    ctx.stroke();
    plot.text(text, plot.left - 8, at, { align: "right" });
  }
}

// latencyBounds are the shortest and the longest time that the drawing must hold.
function latencyBounds(run) {
  let low = Infinity, high = 1;
  for (const slowest of run.measures.max) high = Math.max(high, slowest);
  for (let i = 0; i < run.ops.count; i++) {
    const took = run.ops.end[i] - run.ops.start[i];
    if (outcomeOf(run, i) !== FAILED && took > 0) [low, high] = [Math.min(low, took), Math.max(high, took)];
  }
  return [Math.min(low, high / 10), high];
}

function latencyScale(run, height) {
  const [low, high] = run.latencyBounds ??= latencyBounds(run);
  const from = Math.log10(low * 0.7), to = Math.max(Math.log10(high * 1.8), from + 1);
  const marks = [];
  for (let e = Math.ceil(from); e <= to; e++) {
    const value = 10 ** e;
    marks.push({ value, text: value < 1e3 ? value + " µs" : value < 1e6 ? value / 1e3 + " ms" : value / 1e6 + " s" });
  }
  const y = (us) => 8 + (height - 8) * (1 - (Math.log10(Math.max(us, 10 ** from)) - from) / (to - from));
  return { marks, y };
}

// maxPoints is up to how many operations in view are drawn as points of their own.
const maxPoints = 2500;

function paintLatency(ctx, plot, state) {
  const { run, view } = plot;
  const bottom = plot.height - CHART_AXIS;
  const { marks, y } = latencyScale(run, bottom);
  plot.grid(bottom, true);
  paintScale(ctx, plot, marks, y);
  plot.inside(() => {
    plot.shading(bottom);
    const points = pointsIn(run, view);
    const m = run.measures;
    ctx.globalAlpha = points ? 0.45 : 1;
    paintBetween(ctx, plot, m.p95, m.p99, y, colours.p99);
    paintBetween(ctx, plot, m.p50, m.p95, y, colours.p95);
    paintLine(ctx, plot, m.max, y, colours.max, 1);
    paintLine(ctx, plot, m.p50, y, colours.p50, 2.2);
    ctx.globalAlpha = 1;
    if (points) paintPoints(ctx, plot, state, points, y);
    paintGivenUp(ctx, plot, state, y);
    plot.violationLine(bottom);
  });
}

// steps walks the buckets in view that have a value, in runs without holes.
function steps(plot, values, begin, each, end) {
  const { run, view } = plot;
  const [lo, hi] = bucketsIn(run, view);
  let open = false;
  for (let i = Math.max(lo - 1, 0); i <= Math.min(hi, values.length); i++) {
    if (i < values.length && values[i] > 0) {
      if (!open) begin(i);
      open = true;
      each(i);
    } else if (open) {
      end(i);
      open = false;
    }
  }
  if (open) end(Math.min(hi + 1, values.length));
}

function paintLine(ctx, plot, values, y, colour, width) {
  const w = plot.run.measures.width;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  let first = true;
  steps(plot, values, () => { ctx.beginPath(); first = true; }, (i) => {
    const at = y(values[i]);
    if (first) ctx.moveTo(plot.x(i * w), at);
    ctx.lineTo(plot.x(i * w), at);
    ctx.lineTo(plot.x((i + 1) * w), at);
    first = false;
  }, () => ctx.stroke());
  ctx.lineWidth = 1;
}

function paintBetween(ctx, plot, lower, upper, y, colour) {
  const w = plot.run.measures.width;
  ctx.fillStyle = colour;
  steps(plot, lower, () => {}, (i) => {
    const top = y(upper[i]), x = Math.round(plot.x(i * w));
    ctx.fillRect(x, top, Math.round(plot.x((i + 1) * w)) - x, Math.max(y(lower[i]) - top, 0.5));
  }, () => {});
}

// pointsIn are the operations in view if they are few enough to be points.
function pointsIn(run, view) {
  const lo = lowerBound(run.ops.count, (i) => run.ops.start[i] >= view.from);
  const hi = lowerBound(run.ops.count, (i) => run.ops.start[i] > view.to);
  return hi - lo <= maxPoints ? [lo, hi] : null;
}

function paintPoints(ctx, plot, state, [lo, hi], y) {
  const { ops } = plot.run;
  for (let i = lo; i < hi; i++) {
    const outcome = ops.flags[i] & 3;
    if (outcome !== OK && outcome !== FAILED) continue;
    const x = plot.x(ops.start[i]), at = y(ops.end[i] - ops.start[i]);
    const other = state.key >= 0 && ops.key[i] !== state.key;
    const culprit = plot.run.violation?.culprit === i;
    ctx.globalAlpha = other ? 0.15 : 0.8;
    ctx.fillStyle = culprit ? colours.culprit : outcome === OK ? colours.p50 : colours["failed-line"];
    if (outcome === OK) {
      ctx.beginPath();
      ctx.arc(x, at, culprit ? 5 : 2.2, 0, 7);
      ctx.fill();
    } else {
      ctx.fillRect(x - 2, at - 2, 4, 4);
    }
  }
  ctx.globalAlpha = 1;
}

// paintGivenUp marks each unknown outcome by the time that its client waited.
function paintGivenUp(ctx, plot, state, y) {
  const { run, view } = plot;
  const lo = lowerBound(run.unknown.length, (k) => run.ops.start[run.unknown[k]] >= view.from);
  ctx.fillStyle = colours["gap-line"];
  let last = [-10, -10];
  for (let k = lo; k < run.unknown.length; k++) {
    const i = run.unknown[k];
    if (run.ops.start[i] > view.to) break;
    const x = plot.x(run.ops.start[i]), at = y(run.ops.end[i] - run.ops.start[i]);
    if (Math.abs(x - last[0]) + Math.abs(at - last[1]) < 1) continue;
    last = [x, at];
    ctx.globalAlpha = state.key >= 0 && run.ops.key[i] !== state.key ? 0.15 : 0.85;
    ctx.beginPath();
    ctx.moveTo(x, at - 3.6);
    ctx.lineTo(x + 3.6, at);
    ctx.lineTo(x, at + 3.6);
    ctx.lineTo(x - 3.6, at);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

// stacks are the outcomes from the bottom up, and how each is filled.
const stacks = [["ok", (ctx) => colours.dense], ["fail", () => colours["failed-line"]], ["info", (ctx) => hatch(ctx)]];

const perSecond = (run, n) => (n * 1e6) / run.measures.width;

function rateTop(run) {
  const { ok, fail, info } = run.measures;
  let top = 1;
  for (let i = 0; i < ok.length; i++) top = Math.max(top, perSecond(run, ok[i] + fail[i] + info[i]));
  return top;
}

function rateText(n) {
  return n >= 1e4 ? Math.round(n / 1e3) + " k" : n >= 1e3 ? (n / 1e3).toFixed(1).replace(".0", "") + " k" : String(Math.round(n * 10) / 10);
}

function paintRate(ctx, plot) {
  const { run } = plot;
  const bottom = plot.height - CHART_AXIS;
  const top = rateTop(run), step = niceStep(top / 4), high = Math.ceil(top / step) * step;
  const y = (n) => 8 + (bottom - 8) * (1 - n / high);
  const marks = [];
  for (let n = 0; n * step <= high; n++) marks.push({ value: n * step, text: rateText(n * step) + (n ? "/s" : "") });
  plot.grid(bottom, true);
  paintScale(ctx, plot, marks, y);
  plot.inside(() => {
    plot.shading(bottom);
    paintStacks(ctx, plot, y);
    plot.violationLine(bottom);
  });
}

function paintStacks(ctx, plot, y) {
  const { run, view } = plot;
  const m = run.measures;
  const [lo, hi] = bucketsIn(run, view);
  for (let i = lo; i < hi; i++) {
    const x = Math.round(plot.x(i * m.width)), w = Math.round(plot.x((i + 1) * m.width)) - x;
    let below = 0;
    for (const [name, fill] of stacks) {
      const n = perSecond(run, m[name][i]);
      if (!n) continue;
      const top = y(below + n), height = Math.max(y(below) - top, 1);
      ctx.fillStyle = fill(ctx);
      ctx.fillRect(x, top, w, height);
      below += n;
    }
  }
}

// paintOverview draws the whole run small, with a window on what is visible.
function paintOverview(ctx, plot) {
  const { run, view } = plot;
  const whole = (us) => plot.left + (us / run.end) * (plot.right - plot.left);
  const bottom = plot.height - 2;
  ctx.globalAlpha = 0.35;
  for (const f of run.faults) {
    ctx.fillStyle = colours["fault-" + f.tone];
    ctx.fillRect(whole(f.from), 0, Math.max(whole(f.to) - whole(f.from), 1), bottom);
  }
  ctx.globalAlpha = 1;
  const m = run.measures, top = m && rateTop(run);
  ctx.fillStyle = colours.dense;
  for (let i = 0; m && i < m.ok.length; i++) {
    const h = (bottom - 3) * (perSecond(run, m.ok[i]) / top), x = Math.round(whole(i * m.width));
    ctx.fillRect(x, bottom - h, Math.round(whole(Math.min((i + 1) * m.width, run.end))) - x, h);
  }
  if (run.violation) {
    ctx.fillStyle = colours.culprit;
    const x = whole(run.violation.at);
    ctx.fillRect(x - 1, 0, 2, bottom);
  }
  plot.text("overview", 0, plot.height / 2, { font: "12px" });
  const x0 = whole(view.from), x1 = whole(view.to);
  ctx.fillStyle = colours.card;
  ctx.globalAlpha = 0.6;
  ctx.fillRect(plot.left, 0, x0 - plot.left, bottom);
  ctx.fillRect(x1, 0, plot.right - x1, bottom);
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colours.accent;
  ctx.lineWidth = 2;
  ctx.strokeRect(x0, 1, Math.max(x1 - x0, 3), bottom - 1);
  ctx.lineWidth = 1;
}
