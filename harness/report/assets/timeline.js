// Faults, leaders and operations as bars.

const BAND = 20; // height of a row of faults

// fitted cuts a text to a width, in characters of about six pixels.
function fitted(text, width, size = 6.3) {
  const room = Math.floor(width / size);
  if (text.length <= room) return text;
  return room < 4 ? "" : text.slice(0, room - 1) + "…";
}

// leaderSpans are the times between leader changes.
function leaderSpans(run) {
  return run.leaders.map((l, i) => ({ ...l, from: l.at, to: i + 1 < run.leaders.length ? run.leaders[i + 1].at : run.end, shade: i % 2 }));
}

// bandAt is the fault or the leader at a point of the faults plot.
function bandAt(plot, x, y) {
  const { run } = plot;
  const row = Math.floor((y - 2) / BAND), us = plot.time(x), slack = 3 / plot.perUnit;
  const hit = (s) => us >= s.from - slack && us <= s.to + slack;
  if (row < run.kinds.length) return { fault: run.faults.findLast((f) => f.kind === run.kinds[row] && hit(f)) };
  return { leader: leaderSpans(run).findLast((l) => us >= l.from && us <= l.to) };
}

function paintFaults(ctx, plot) {
  const { run } = plot;
  run.kinds.forEach((kind, i) => plot.text(kind, 0, 2 + i * BAND + BAND / 2, { font: "12px" }));
  const row = (y, s, fill, alpha, text, room = s.to) => {
    const x0 = Math.max(plot.x(s.from), plot.left), x1 = Math.min(plot.x(s.to), plot.right);
    if (x1 < plot.left || x0 > plot.right) return;
    ctx.globalAlpha = alpha;
    ctx.fillStyle = fill;
    ctx.fillRect(x0, y + 1, Math.max(x1 - x0 - 1, 2), BAND - 3);
    ctx.globalAlpha = 1;
    plot.text(fitted(text, Math.min(plot.x(room), plot.right) - x0 - 12), x0 + 6, y + BAND / 2, { colour: "ink" });
  };
  plot.inside(() => {
    plot.grid(plot.height, false);
    run.kinds.forEach((kind, k) => {
      const spans = run.faults.filter((f) => f.kind === kind);
      // A text may run on until the next fault of its kind begins.
      spans.forEach((f, i) => row(2 + k * BAND, f, colours["fault-" + f.tone], Number(colours.band), f.text, spans[i + 1]?.from ?? run.end));
    });
    const y = 2 + run.kinds.length * BAND;
    for (const l of leaderSpans(run)) row(y, l, colours["leader-" + l.shade], 1, `${l.node} · term ${l.term}`);
    plot.violationLine(plot.height);
  });
  if (run.leaders.length) plot.text("leader", 0, 2 + run.kinds.length * BAND + BAND / 2, { font: "12px" });
}

// rowHeight keeps many clients on the screen and few of them readable.
function rowHeight(run) {
  return Math.min(Math.max(440 / run.rows.length, 4), 24, 4000 / run.rows.length);
}

const AXIS = 24; // below the bars

function paintOps(ctx, plot, state) {
  const { run } = plot;
  const h = rowHeight(run), bottom = plot.height - AXIS;
  const every = Math.ceil(12 / h);
  run.rows.forEach((row, i) => {
    if (i % every === 0) plot.text(fitted(row.label, GUTTER - 6, 6), 0, i * h + h / 2, { font: "11.5px" });
  });
  plot.grid(bottom, true);
  plot.inside(() => {
    plot.shading(bottom);
    run.rows.forEach((row, i) => paintRow(ctx, plot, state, row, i * h, h));
    paintCore(ctx, plot, h);
    plot.violationLine(bottom);
    if (state.selected >= 0) outline(ctx, plot, state.selected, h, colours.focus, 2.5);
  });
}

// paintRow draws the operations of one client. Bars that are narrower than a few
// pixels run together into one, so that a frame never draws more bars than pixels.
function paintRow(ctx, plot, state, row, y, h) {
  const { run } = plot;
  const { ops, tables } = run;
  const [lo, hi] = visible(run, row, plot.since, plot.until);
  const pad = h > 8 ? 2 : h > 5 ? 1 : 0.5, top = y + pad, height = h - 2 * pad;
  const merged = { dense: null, failed: null, dim: null };
  const rare = [];
  const flush = (name) => {
    const m = merged[name];
    if (!m) return;
    ctx.fillStyle = colours[name === "failed" ? "failed-line" : name];
    ctx.fillRect(m[0], top, Math.max(m[1] - m[0], 0.8), height);
    merged[name] = null;
  };
  const merge = (name, x0, x1) => {
    const m = merged[name];
    if (m && x0 - m[1] < 0.75) {
      m[1] = Math.max(m[1], x1);
      return;
    }
    flush(name);
    merged[name] = [x0, x1];
  };
  let unknownTo = -Infinity;
  for (let k = lo; k < hi; k++) {
    const i = row.ops[k];
    const x0 = plot.x(ops.start[i]), x1 = plot.x(ops.end[i]), outcome = ops.flags[i] & 3;
    if (state.key >= 0 && ops.key[i] !== state.key) {
      merge("dim", x0, x1);
    } else if (outcome !== OK && outcome !== FAILED) {
      if (x1 > unknownTo + 1) {
        rare.push(i);
        unknownTo = Math.max(x1, x0 + 3);
      }
    } else if (x1 - x0 < 2.5) {
      merge(outcome === OK ? "dense" : "failed", x0, x1);
    } else {
      paintBar(ctx, plot, i, x0, x1, top, height, outcome === FAILED ? "failed" : styleOf(tables.funcs[ops.func[i]]));
    }
  }
  flush("dim");
  flush("dense");
  flush("failed");
  for (const i of rare) paintUnknown(ctx, plot, i, top, height);
}

const styleOf = (func) => (func === "read" || func === "write" ? func : "other");

function paintBar(ctx, plot, i, x0, x1, top, height, style) {
  const from = Math.max(x0, plot.left - 5), to = Math.min(x1, plot.right + 5);
  ctx.fillStyle = colours[style];
  ctx.fillRect(from, top, Math.max(to - from - 0.7, 1), height);
  if (style === "failed") {
    ctx.strokeStyle = colours["failed-line"];
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(from + 0.5, top + 0.5, Math.max(to - from - 1.7, 1), height - 1);
    ctx.setLineDash([]);
  }
  barLabel(plot, i, from, to, top, height, style === "write" ? "on-write" : style === "failed" ? "ink" : "on-bar");
}

// barLabel writes the label into a bar that has room for it, on a ground of its own
// where the bar is hatched.
function barLabel(plot, i, from, to, top, height, colour, ground) {
  if (height < 12 || to - from < 52) return;
  const left = Math.max(from, plot.left);
  const text = fitted(opLabel(plot.run, i), to - left - 8, 6.7);
  if (!text) return;
  if (ground) {
    plot.ctx.fillStyle = ground;
    plot.ctx.fillRect(left + 2, top + 2, text.length * 7 + 4, height - 4);
  }
  plot.text(text, left + 4, top + height / 2 + 0.5, { colour, mono: true });
}

// paintUnknown draws an operation whose outcome is unknown up to where the client
// gave up. It has no right edge: it may still take effect later.
function paintUnknown(ctx, plot, i, top, height) {
  const { ops } = plot.run;
  const x0 = plot.x(ops.start[i]), x1 = Math.max(plot.x(ops.end[i]), x0 + 3);
  ctx.fillStyle = hatch(ctx);
  ctx.fillRect(x0, top, x1 - x0, height);
  ctx.strokeStyle = colours["gap-line"];
  ctx.beginPath();
  ctx.moveTo(x1, top + 0.5);
  ctx.lineTo(x0 + 0.5, top + 0.5);
  ctx.lineTo(x0 + 0.5, top + height - 0.5);
  ctx.lineTo(x1, top + height - 0.5);
  if (x1 - x0 > 8) {
    ctx.moveTo(x1 - 3, top + 1);
    ctx.lineTo(x1 + 1, top + height / 2);
    ctx.lineTo(x1 - 3, top + height - 1);
  }
  ctx.stroke();
  barLabel(plot, i, Math.max(x0, plot.left), Math.min(x1, plot.right), top, height, "ink", colours.gap);
}

// paintCore marks the operations of the explanation and, in red, the violation.
function paintCore(ctx, plot, h) {
  const { run } = plot;
  if (!run.violation) return;
  const c = run.violation.culprit;
  for (const i of run.violation.core) {
    if (i === c) continue;
    outline(ctx, plot, i, h, colours.core, 1.6);
    coreLabel(ctx, plot, i, h, "core");
  }
  if (c < 0) return;
  const { x, y, w } = boxOf(plot, c, h);
  ctx.fillStyle = colours.culprit;
  ctx.fillRect(x, y, w, h - 3);
  outline(ctx, plot, c, h, colours.core, 2);
  barLabel(plot, c, x, x + w, y, h - 3, "culprit-ink");
  coreLabel(ctx, plot, c, h, "culprit");
}

// coreLabel writes the label of an operation of the explanation beside its bar, where
// the bar is too narrow for it and the view near enough for the labels to have room.
function coreLabel(ctx, plot, i, h, colour) {
  const { run } = plot;
  const { x, y, w } = boxOf(plot, i, h);
  const near = plot.until - plot.since <= 2 * (run.violation.to - run.violation.from);
  if (!near || h < 13 || w >= 52 || x < plot.left || x > plot.right) return;
  const text = fitted(opLabel(run, i), 200, 6.7), width = text.length * 7 + 6;
  const left = x + w + width + 6 > plot.right ? x - width - 4 : x + w + 4;
  ctx.fillStyle = colours.card;
  ctx.globalAlpha = 0.88;
  ctx.fillRect(left, y + 1, width, h - 5);
  ctx.globalAlpha = 1;
  plot.text(text, left + 3, y + h / 2 - 1, { colour, mono: true, weight: "bold" });
}

const rowOf = (run, i) => run.tables.processes[run.ops.process[i]][1];

function boxOf(plot, i, h) {
  const { ops } = plot.run;
  const x = plot.x(ops.start[i]);
  return { x, y: plot.opTop(i, h) + 1.5, w: Math.max(plot.x(ops.end[i]) - x, 4) };
}

function outline(ctx, plot, i, h, colour, width) {
  const { x, y, w } = boxOf(plot, i, h);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.strokeRect(x - 0.5, y - 0.5, w + 1, h - 2);
  ctx.lineWidth = 1;
}

// opAt is the operation at a point of the operations plot, or -1.
function opAt(plot, state, x, y) {
  return opIn(plot, state, plot.run.rows[Math.floor(y / rowHeight(plot.run))], x);
}

// opIn is the operation of a row at x, or -1. One of the explanation wins over its
// neighbours, and one of the filtered key over others.
function opIn(plot, state, row, x) {
  const { run } = plot;
  if (!row || x < plot.left || x > plot.right) return -1;
  const us = plot.time(x), slack = Math.max(plot.time(x + 3) - us, 0);
  const [lo, hi] = visible(run, row, us - slack, us + slack);
  let best = -1, bestScore = Infinity;
  for (let k = lo; k < hi; k++) {
    const i = row.ops[k];
    if (run.ops.end[i] < us - slack) continue;
    let score = Math.max(run.ops.start[i] - us, us - run.ops.end[i], 0);
    if (state.key >= 0 && run.ops.key[i] !== state.key) score += 1e12;
    if (run.violation?.core.includes(i)) score -= slack;
    if (score < bestScore) [best, bestScore] = [i, score];
  }
  return best;
}
