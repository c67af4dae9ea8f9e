// The space-time diagram: one row a client or node, time to the right, messages as
// slanted arrows, and on each row what became of its node.

const BAR = 18; // height of what lies on a row
const ROW = BAR + 3; // of a client's operations and the margins that they have elsewhere

// TracePlot is the canvas of the diagram. Its view is in units of the state's scale.
class TracePlot extends Plot {
  constructor(run, view, state) {
    const { rows, tops, height } = layOut(run.trace);
    super(run, view, "lamport", height, paintSpaceTime);
    Object.assign(this, { state, rows, tops });
  }

  x(us) { return this.at(this.state.scale.unit(us)); }
  at(unit) { return this.left + (unit - this.view.from) * this.perUnit; }
  time(x) { return this.state.scale.time(this.along(x)); }
  get since() { return this.state.scale.time(this.view.from); }
  get until() { return this.state.scale.time(this.view.to); }
  get violatedAt() { return super.violatedAt ?? this.run.trace.brokenAt; }
  get bottom() { return this.height - AXIS; }

  // opTop is NaN for an operation that is on no row: what is drawn there is not seen.
  opTop(i, h) { return (this.rows[this.run.trace.rowOfOp(i)]?.y ?? NaN) - h / 2; }

  // ticks are the roundest times at even distances, as far as the axis is even.
  ticks() {
    if (!this.run.timed) return [];
    const list = [];
    for (let x = this.left + 20; x + 60 < this.right; x += 120) list.push(roundest(this.time(x), this.time(x + 40)));
    return list.filter((tick, i) => i === 0 || tick.us > list[i - 1].us);
  }
}

// layOut gives each row its middle y, below the lines of the faults.
function layOut(t) {
  const tops = [];
  for (const f of t.faults) {
    let row = tops.findIndex((until) => until < f.from);
    if (row < 0 && tops.length < 4) row = tops.length;
    if (row < 0) row = 3;
    tops[row] = Math.max(f.to, tops[row] ?? 0);
    f.line = row;
  }
  const wanted = t.rows.map((row) => (row.client ? 44 : 84));
  const total = wanted.reduce((a, b) => a + b, 0);
  const shrink = Math.min(1, Math.max(760 / total, 0.3));
  let y = 4 + tops.length * BAND;
  const rows = t.rows.map((row, i) => {
    const h = wanted[i] * shrink;
    y += h;
    return { ...row, y: Math.round(y - h / 2), h };
  });
  return { rows, tops: tops.length, height: Math.round(y + AXIS) };
}

function paintSpaceTime(ctx, plot) {
  const { run, state } = plot;
  if (plot.tops) plot.text("faults", 0, 2 + BAND / 2, { font: "12px" });
  for (const row of plot.rows) {
    plot.text(fitted(row.name, GUTTER - 10, 7), 0, row.y, { font: "13px", weight: "600", colour: "ink" });
  }
  plot.grid(plot.bottom, true);
  plot.inside(() => {
    paintFaultBands(ctx, plot);
    for (const row of plot.rows) {
      ctx.fillStyle = colours.row;
      ctx.fillRect(plot.left, row.y - 0.5, plot.right - plot.left, 1.5);
    }
    for (const s of run.trace.spans) paintSpan(ctx, plot, s);
    const drawn = messagesInView(plot);
    paintArrows(ctx, plot, drawn);
    for (const s of run.trace.spans) nameSpan(ctx, plot, s);
    for (const row of plot.rows) {
      if (row.client) paintRow(ctx, plot, state, row, row.y - ROW / 2, ROW);
    }
    paintCore(ctx, plot, ROW);
    paintMoments(ctx, plot);
    paintLabels(ctx, plot, drawn);
    if (state.selected >= 0) paintSelected(ctx, plot, state.selected);
    plot.violationLine(plot.bottom);
  });
}

function paintFaultBands(ctx, plot) {
  const { faults } = plot.run.trace;
  faults.forEach((f, i) => {
    const x0 = Math.max(plot.x(f.from), plot.left), x1 = Math.min(plot.x(f.to), plot.right), y = 2 + f.line * BAND;
    if (x1 < plot.left || x0 > plot.right) return;
    ctx.fillStyle = colours["fault-" + f.tone];
    ctx.globalAlpha = Number(colours.shade);
    ctx.fillRect(x0, y, Math.max(x1 - x0, 1), plot.bottom - y);
    ctx.globalAlpha = Number(colours.band);
    ctx.fillRect(x0, y + 1, Math.max(x1 - x0, 2), BAND - 3);
    ctx.globalAlpha = 1;
    const text = f.text.startsWith(f.kind) ? f.text : `${f.kind}: ${f.text}`;
    // A text may run on until the next fault of its line begins.
    const next = faults.find((o, k) => k > i && o.line === f.line);
    const room = Math.min(next ? plot.x(next.from) : plot.right, plot.right) - x0 - 12;
    plot.text(fitted(text, room), x0 + 6, y + BAND / 2, { colour: "ink" });
  });
}

const SPAN_COLOURS = { leader: "leads", down: "failed", paused: "gap" };

// paintSpan draws a span of a row.
function paintSpan(ctx, plot, s) {
  const x0 = Math.max(plot.x(s.from), plot.left - 9), x1 = Math.min(plot.x(s.to), plot.right + 9), { y } = plot.rows[s.row];
  if (x1 < plot.left || x0 > plot.right) return;
  ctx.fillStyle = s.kind === "paused" ? hatch(ctx) : colours[SPAN_COLOURS[s.kind]];
  ctx.fillRect(x0, y - BAR / 2, Math.max(x1 - x0, 2), BAR);
  if (s.kind === "down") {
    ctx.strokeStyle = colours["failed-line"];
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(x0 + 0.5, y - BAR / 2 + 0.5, Math.max(x1 - x0 - 1, 1), BAR - 1);
    ctx.setLineDash([]);
  }
}

// nameSpan writes what a span is where there is room, on a ground of its colour.
function nameSpan(ctx, plot, s) {
  const left = Math.max(plot.x(s.from), plot.left) + 11, right = Math.min(plot.x(s.to), plot.right), { y } = plot.rows[s.row];
  const text = fitted(s.kind === "leader" ? s.text : s.kind, right - left - 4, 7);
  if (!text || right < plot.left || left > plot.right) return;
  ctx.font = `600 11px ${colours.sans}`;
  ctx.fillStyle = colours[SPAN_COLOURS[s.kind]];
  ctx.fillRect(left - 2, y - BAR / 2 + 1, ctx.measureText(text).width + 4, BAR - 2);
  plot.text(text, left, y, { colour: s.kind === "leader" ? "on-leads" : "ink", weight: "600" });
}

// markers draw the kinds of moments around 0,0.
const markers = {
  leader: { colour: "election", path: (p) => p.rect(-5, -5, 10, 10), turn: true, fill: true },
  candidate: { colour: "election", path: (p) => p.rect(-4.5, -4.5, 9, 9), turn: true },
  follower: { colour: "soft", path: (p) => p.arc(0, 0, 4.5, 0, 7) },
  crash: { colour: "culprit", path: (p) => cross(p, 0, 0, 6), bold: true },
  restart: { colour: "client", path: (p) => { p.moveTo(-4, -5.5); p.lineTo(6, 0); p.lineTo(-4, 5.5); p.closePath(); }, fill: true },
  pause: { colour: "fault-2", path: (p) => { p.rect(-5, -6, 3.5, 12); p.rect(1.5, -6, 3.5, 12); }, fill: true },
  commit: { colour: "replication", path: (p) => { p.moveTo(-4.5, 3); p.lineTo(4.5, 3); p.lineTo(0, 10); p.closePath(); }, fill: true },
  fault: { colour: "fault-0", path: (p) => p.rect(-5, -5, 10, 10), fill: true },
  violation: { colour: "culprit", path: (p) => p.arc(0, 0, 8, 0, 7), fill: true },
  note: { colour: "soft", path: (p) => p.arc(0, 0, 3, 0, 7), fill: true },
};
Object.assign(markers, { "pre-candidate": markers.candidate, power: markers.crash, resume: markers.restart, apply: markers.commit });

function cross(p, x, y, r) {
  p.moveTo(x - r, y - r);
  p.lineTo(x + r, y + r);
  p.moveTo(x - r, y + r);
  p.lineTo(x + r, y - r);
}

// paintMoments draws the moments in view. Of those of one kind on one pixel of a row
// only the first is drawn.
function paintMoments(ctx, plot) {
  const { run: { trace: t }, state } = plot;
  const last = new Map();
  const [lo, hi] = rangeInView(plot);
  for (let i = lo; i < hi; i++) {
    if (!isMoment(t, i)) continue;
    const kind = t.kinds[t.kind[i]], x = plot.at(state.start[i]), key = kind + t.row[i];
    if (x - (last.get(key) ?? -9) < 1.5) continue;
    last.set(key, x);
    ctx.globalAlpha = state.found[i] ? 1 : 0.15;
    paintMarker(ctx, markers[kind] ?? markers.note, x, plot.rows[t.row[i]].y);
  }
  ctx.globalAlpha = 1;
}

function paintMarker(ctx, m, x, y) {
  ctx.save();
  ctx.translate(x, y);
  if (m.turn) ctx.rotate(Math.PI / 4);
  ctx.beginPath();
  m.path(ctx);
  ctx.fillStyle = m.fill ? colours[m.colour] : colours.card;
  ctx.strokeStyle = m.fill ? colours.card : colours[m.colour];
  ctx.lineWidth = m.bold ? 3 : m.fill ? 1 : 2;
  if (!m.bold) ctx.fill();
  ctx.stroke();
  ctx.restore();
}
