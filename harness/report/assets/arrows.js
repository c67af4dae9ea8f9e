// Messages as arrows, as many as the view can tell apart, and their texts where there
// is room.

// rangeInView is the range of events that may reach into the view.
function rangeInView(plot) {
  const { state, view } = plot, n = state.start.length, slack = 10 / plot.perUnit;
  const lo = lowerBound(n, (i) => state.reach[i] >= view.from - slack);
  return [lo, lowerBound(n, (i) => state.start[i] > view.to + slack)];
}

// messagesInView lists the messages to draw. Of those that would be drawn over each
// other, from row to row and pixel to pixel, only one is.
function messagesInView(plot) {
  const { run: { trace: t }, state, view } = plot;
  const [lo, hi] = rangeInView(plot);
  const last = new Map(), list = [];
  for (let i = lo; i < hi; i++) {
    if (isMoment(t, i) || !state.shown[i] || state.stop[i] < view.from) continue;
    const link = (t.row[i] * 64 + t.peer[i]) * 256 + t.flags[i] * 2 + t.lost[i];
    const x0 = plot.at(state.start[i]), x1 = plot.at(state.stop[i]), before = last.get(link);
    if (before && x0 - before[0] < 1 && Math.abs(x1 - before[1]) < 1) continue;
    last.set(link, [x0, x1]);
    list.push(i);
  }
  return list;
}

// arrowOf is where a message is drawn. It ends beside the bars of a client, and halfway
// if it was lost.
function arrowOf(plot, i) {
  const { run: { trace: t }, state } = plot;
  const from = plot.rows[t.row[i]], to = plot.rows[t.peer[i]];
  const x0 = plot.at(state.start[i]), y0 = from.y;
  const down = Math.sign(to.y - from.y);
  let x1 = plot.at(state.stop[i]), y1 = to.y - (to.client ? (down * BAR) / 2 : 0);
  if (t.lost[i]) {
    x1 = Math.max(x1, x0 + 5);
    y1 = y0 + (to.y - y0) * (Math.abs(to.y - y0) > 100 ? 0.3 : 0.5);
  }
  return { x0, y0, x1, y1 };
}

function arrowStyle(t, i) {
  const part = involvementOf(t, i), repeat = t.flags[i] & REPEAT;
  if (part === CULPRIT) return { colour: colours.culprit, width: 3, order: 5 };
  if (part === CORE) return { colour: colours.core, width: 2.4, order: 4 };
  const family = familyOf(t, i);
  const order = FAMILIES.indexOf(family) + (family === "replication" ? 0 : 1);
  return { colour: colours[family === "other" ? "soft" : family], width: repeat ? 0.8 : 1.5, faint: repeat, order: repeat ? 0 : order };
}

function paintArrows(ctx, plot, list) {
  const { run: { trace: t }, state } = plot;
  const groups = new Map();
  const crowd = Math.min(1, Math.max(2000 / list.length, 0.12)); // many arrows become a shade
  for (const i of list) {
    const style = arrowStyle(t, i), shade = involvementOf(t, i) ? 1 : crowd * (style.faint ? 0.45 : 1);
    const alpha = state.found[i] ? shade : Math.min(shade, 0.1);
    const key = style.order + style.colour + alpha;
    if (!groups.has(key)) groups.set(key, { ...style, alpha, list: [] });
    groups.get(key).list.push(i);
  }
  const heads = list.length < 3000;
  for (const g of [...groups.values()].sort((a, b) => a.order - b.order)) {
    ctx.globalAlpha = g.alpha;
    ctx.strokeStyle = ctx.fillStyle = g.colour;
    ctx.lineWidth = g.width;
    ctx.beginPath();
    for (const i of g.list) line(ctx, arrowOf(plot, i));
    ctx.stroke();
    if (!heads) continue;
    ctx.beginPath();
    for (const i of g.list) if (!t.lost[i]) head(ctx, arrowOf(plot, i), g.width > 2 ? 10 : 7);
    ctx.fill();
    paintLost(ctx, plot, g.list.filter((i) => t.lost[i]));
  }
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1;
}

function line(ctx, { x0, y0, x1, y1 }) {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}

// paintLost ends lost messages in crosses.
function paintLost(ctx, plot, lost) {
  ctx.strokeStyle = colours.culprit;
  ctx.lineWidth = 1.8;
  ctx.beginPath();
  for (const i of lost) {
    const { x1, y1 } = arrowOf(plot, i);
    cross(ctx, x1, y1, 3.5);
  }
  ctx.stroke();
}

// head draws the tip of an arrow of some length.
function head(ctx, { x0, y0, x1, y1 }, size) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  ctx.moveTo(x1, y1);
  for (const turn of [-0.38, 0.38]) ctx.lineTo(x1 - size * Math.cos(angle + turn), y1 - size * Math.sin(angle + turn));
  ctx.closePath();
}

// The most messages in view among which any have labels, those of replication have, and
// even answers and repeats have; and the most labels.
const READABLE = 700, ROOMY = 160, SPARSE = 40, MOST_LABELS = 160;

// worthLabel reports whether a message has a label among so many in view.
function worthLabel(t, i, many) {
  if (many <= SPARSE || involvementOf(t, i)) return true;
  if (t.flags[i] & REPEAT || (!t.lost[i] && t.kinds[t.kind[i]].toLowerCase().endsWith("reply"))) return false;
  return many <= ROOMY || familyOf(t, i) !== "replication";
}

// paintLabels writes what messages are beside their arrows, the most important ones first,
// each only where it covers no row and no other label.
function paintLabels(ctx, plot, list) {
  if (list.length > READABLE) return;
  const { run: { trace: t }, state } = plot;
  const taken = plot.rows.map(({ y }) => ({ x0: -1e9, x1: 1e9, y0: y - BAR / 2, y1: y + BAR / 2 }));
  const rank = (i) => arrowStyle(t, i).order + (t.lost[i] ? 0.5 : 0);
  const worthy = list.filter((i) => state.found[i] && worthLabel(t, i, list.length)).sort((a, b) => rank(b) - rank(a));
  ctx.font = `10.5px ${colours.sans}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  let written = 0;
  for (const i of worthy) {
    if (written === MOST_LABELS) break;
    const arrow = arrowOf(plot, i);
    let text = "", spot = null;
    for (text of labelsOf(t, i, list.length)) {
      spot = spotFor(arrow, ctx.measureText(text).width, t.lost[i], taken, plot);
      if (spot) break;
    }
    if (!spot) continue;
    taken.push(spot);
    written++;
    ctx.strokeStyle = colours.card;
    ctx.lineWidth = 3;
    ctx.strokeText(text, spot.x0, spot.y0 + 6);
    ctx.fillStyle = arrowStyle(t, i).colour;
    ctx.fillText(text, spot.x0, spot.y0 + 6);
  }
  ctx.lineWidth = 1;
}

// labelsOf are the labels that a message may have, the best first. They say cas as the bars
// do, where the list spells it out.
function labelsOf(t, i, many) {
  const kind = t.kinds[t.kind[i]], text = t.texts[t.text[i]];
  const short = familyOf(t, i) === "client" && text ? text.replace("compare-and-set", "cas") : kind;
  if (t.lost[i]) return [cutTo(`${short}: ${t.reasons[t.reason[i]]}`, 40)];
  return many <= SPARSE && short === kind ? [cutTo(`${kind}: ${text}`, 60), cutTo(short, 40)] : [cutTo(short, 40)];
}

const cutTo = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

// spotFor finds a free place beside an arrow for a text, or behind the end of a lost one.
// What a question and its answer enclose is narrow, so it looks outside first.
function spotFor({ x0, y0, x1, y1 }, width, lost, taken, plot) {
  for (const part of lost ? [1] : [0.5, 0.3, 0.7]) {
    const x = x0 + (x1 - x0) * part, y = y0 + (y1 - y0) * part;
    const sides = y1 > y0 ? [x - width - 5, x + 5] : [x + 5, x - width - 5];
    for (const left of lost ? [x + 7] : sides) {
      const spot = { x0: left, x1: left + width, y0: y - 6, y1: y + 6 };
      if (spot.x0 < plot.left || spot.x1 > plot.right) continue;
      if (!taken.some((o) => o.x0 < spot.x1 && o.x1 > spot.x0 && o.y0 < spot.y1 && o.y1 > spot.y0)) return spot;
    }
  }
  return null;
}

// eventAt is the message or moment nearest to a point, or -1.
function eventAt(plot, x, y) {
  const { run: { trace: t }, state } = plot;
  let best = -1, least = 7;
  const near = (i, distance) => { if (distance < least) [best, least] = [i, distance]; };
  const [lo, hi] = rangeInView(plot);
  for (let i = lo; i < hi; i++) {
    if (isMoment(t, i)) near(i, Math.hypot(plot.at(state.start[i]) - x, plot.rows[t.row[i]].y - y) - 2);
  }
  for (const i of messagesInView(plot)) near(i, distance(arrowOf(plot, i), x, y));
  return best;
}

// distance is that of a point from a line.
function distance({ x0, y0, x1, y1 }, x, y) {
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  const part = length ? Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1) : 0;
  return Math.hypot(x0 + dx * part - x, y0 + dy * part - y);
}

function paintSelected(ctx, plot, i) {
  const { run: { trace: t }, state } = plot;
  ctx.strokeStyle = ctx.fillStyle = colours.focus;
  ctx.lineWidth = 3.5;
  ctx.beginPath();
  if (isMoment(t, i)) {
    ctx.arc(plot.at(state.start[i]), plot.rows[t.row[i]].y, 10, 0, 7);
    ctx.stroke();
  } else {
    const arrow = arrowOf(plot, i);
    line(ctx, arrow);
    ctx.stroke();
    ctx.beginPath();
    if (!t.lost[i]) head(ctx, arrow, 12);
    ctx.fill();
  }
  ctx.lineWidth = 1;
}
