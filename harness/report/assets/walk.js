// The diagram's controls: what is shown, what is found, and the walk along the life of a
// client or node.

// spaceTime makes the diagram and returns its stage.
function spaceTime(run) {
  const t = run.trace;
  const state = { key: -1, selected: -1, row: 0, hidden: new Set(), even: false, found: new Uint8Array(t.count).fill(1) };
  document.getElementById("space").hidden = false;
  const view = new View(0, 1, 1);
  rescale(run, state, view);
  const plot = new TracePlot(run, view, state), range = document.getElementById("trace-range");
  const area = document.getElementById("trace-plots");
  const stage = new Stage(view, [plot], area, () => {
    range.textContent = rangeText(run, plot);
    const list = messagesInView(plot), lost = list.filter((i) => t.lost[i]).length;
    plot.canvas.setAttribute("aria-label", `Space-time diagram: ${list.length} messages drawn, ${lost} of them lost`);
  });
  new Walk(run, view, state, plot, area, () => stage.redraw());
  view.set(...homeOf(run, state, view));
  return stage;
}

// rescale finds out which messages are shown and stretches the axis between them.
function rescale(run, state, view) {
  const t = run.trace, n = t.count;
  const old = state.scale && [state.scale.time(view.from), state.scale.time(view.to)];
  state.shown = new Uint8Array(n);
  const times = [];
  for (let i = 0; i < n; i++) {
    const hidden = !isMoment(t, i) && (state.hidden.has(familyOf(t, i)) || (t.flags[i] & REPEAT && state.hidden.has("repeat")));
    if (hidden) continue;
    state.shown[i] = 1;
    times.push(t.at[i]);
    if (!isMoment(t, i)) times.push(t.end[i]);
  }
  state.scale = state.even ? Scale.even(t.from, t.to) : new Scale(t.from, t.to, times);
  state.start = t.at.map((us) => state.scale.unit(us));
  state.stop = t.end.map((us) => state.scale.unit(us));
  state.reach = state.stop.slice();
  for (let i = 1; i < n; i++) state.reach[i] = Math.max(state.reach[i], state.reach[i - 1]);
  view.end = state.scale.end * 1.02; // beside the last, which may be the violation itself
  view.least = Math.min(20, view.end);
  if (old) view.set(state.scale.unit(old[0]), state.scale.unit(old[1]));
}

// The most events that say something new in what the diagram shows first.
const MOST_AT_FIRST = 300;

// homeOf is what the diagram shows first: the violation, or else the end, and as much of
// what led there as can be read.
function homeOf(run, state, view) {
  const t = run.trace, v = run.violation;
  const inside = v && v.at >= t.from && v.at <= t.to;
  let from = inside ? Math.max(v.from, t.from) : t.from;
  const to = inside ? v.to : t.to;
  for (let i = t.count - 1, n = 0; i >= 0 && t.at[i] > from; i--) {
    if (t.at[i] > to || t.flags[i] & REPEAT) continue;
    if (++n > MOST_AT_FIRST) from = t.at[i];
  }
  return [state.scale.unit(from), to < t.to ? state.scale.unit(to) : view.end];
}

class Walk extends Motion {
  constructor(run, view, state, plot, area, redraw) {
    super(view, [plot], area, "trace-");
    Object.assign(this, { run, state, plot, redraw });
    for (const box of document.querySelectorAll("#space input[type=checkbox]")) {
      const apply = () => {
        if (box.name === "even") state.even = !box.checked;
        else if (box.checked) state.hidden.delete(box.name);
        else state.hidden.add(box.name);
        rescale(run, state, view);
        redraw();
      };
      box.addEventListener("change", apply);
    }
    this.find();
    this.rows();
  }

  jump() { this.view.glide(...homeOf(this.run, this.state, this.view)); }

  hover({ plot, x, y }, e) {
    const i = x < plot.left || x > plot.right ? -1 : eventAt(plot, x, y);
    if (i >= 0) return showTip(...eventDetails(this.run, i), e.clientX, e.clientY);
    const op = opIn(plot, this.state, plot.rows.find((row) => row.client && Math.abs(row.y - y) < BAR / 2), x);
    if (op >= 0) showTip(...opDetails(this.run, op), e.clientX, e.clientY);
    else hideTip();
  }

  click({ plot, x, y }) {
    this.state.selected = eventAt(plot, x, y);
    if (this.state.selected >= 0) this.state.row = this.run.trace.row[this.state.selected];
    this.redraw();
  }

  deselect() {
    this.state.selected = -1;
    hideTip();
    this.redraw();
  }

  // select goes on to what happened next on the row, or to what happened about then on
  // the nearest row above or below where anything did. A message happens on both its
  // rows: it is sent and it arrives.
  select(along, across) {
    const { run: { trace: t }, state, view } = this;
    const old = state.selected;
    let row = state.row + across, life = [];
    while (row >= 0 && row < t.rows.length && (life = this.life(row)).length === 0) row += across || 1;
    if (life.length === 0) return;
    state.row = row;
    let k = life.findIndex(([i]) => i === old);
    if (k >= 0) {
      k += along;
    } else {
      const at = old < 0 ? state.scale.time(view.from) : t.at[old];
      k = lowerBound(life.length, (j) => life[j][1] >= at);
    }
    this.choose(life[Math.min(Math.max(k, 0), life.length - 1)]);
  }

  // life lists what happened on a row, with the times.
  life(row) {
    const { run: { trace: t }, state } = this;
    const list = [];
    for (let i = 0; i < t.count; i++) {
      if (!state.shown[i] || !state.found[i]) continue;
      if (t.row[i] === row) list.push([i, t.at[i]]);
      else if (t.peer[i] === row && !t.lost[i]) list.push([i, t.end[i]]);
    }
    return list.sort((a, b) => a[1] - b[1]);
  }

  // choose selects an event, brings it into view and says what it is.
  choose([i, us]) {
    const { plot, state, view } = this;
    state.selected = i;
    const unit = state.scale.unit(us);
    if (unit < view.from || unit > view.to) {
      view.halt();
      const half = (view.to - view.from) / 2;
      view.set(unit - half, unit + half);
    }
    this.redraw();
    const box = plot.canvas.getBoundingClientRect();
    showTip(...eventDetails(this.run, i), box.left + plot.at(unit), box.top + plot.rows[state.row].y + 8);
  }

  // find dims what does not hold the text, here and in the list.
  find() {
    const { run: { trace: t }, state } = this;
    const input = document.getElementById("trace-find");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const holds = (text) => text.toLowerCase().includes(wanted);
      const kinds = t.kinds.map(holds), texts = t.texts.map(holds), reasons = t.reasons.map(holds);
      const ways = new Map();
      let any = false;
      for (let i = 0; i < t.count; i++) {
        const way = t.row[i] * 64 + t.peer[i] + 1;
        if (!ways.has(way)) ways.set(way, holds(wayOf(t, i)));
        state.found[i] = kinds[t.kind[i]] || texts[t.text[i]] || (t.lost[i] && reasons[t.reason[i]]) || ways.get(way) ? 1 : 0;
        any ||= state.found[i] === 1;
      }
      input.setAttribute("aria-invalid", String(!any && t.count > 0));
      const rows = document.querySelectorAll("#trace-log tbody tr");
      rows.forEach((row, k) => { row.hidden = !state.found[t.count - rows.length + k]; });
      this.redraw();
    });
  }

  // rows lets a click on a line of the list show it in the diagram.
  rows() {
    const { run: { trace: t } } = this;
    const body = document.querySelector("#trace-log tbody");
    body?.addEventListener("click", (e) => {
      const row = e.target.closest("tr");
      if (!row || getSelection().toString()) return;
      const i = t.count - body.rows.length + row.sectionRowIndex;
      this.state.row = t.row[i];
      this.area.scrollIntoView({ block: "nearest" });
      this.area.focus({ preventScroll: true });
      this.choose([i, t.at[i]]);
    });
  }
}
