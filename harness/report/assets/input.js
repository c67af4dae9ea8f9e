// The drawings of the whole run: what is under the pointer, the selected operation, the
// filter of keys, and the overview that moves the view.

class Input extends Motion {
  constructor(run, view, state, plots, redraw) {
    super(view, plots, document.getElementById("plots"), "");
    Object.assign(this, { run, state, redraw });
    this.filter();
    this.overview();
  }

  // jump shows the violation and, of all keys, only its own.
  jump() {
    const v = this.run.violation;
    if (!v) return;
    const input = document.getElementById("key");
    input.value = v.key;
    input.dispatchEvent(new Event("input"));
    this.state.selected = v.culprit;
    this.area.scrollIntoView({ block: "nearest" });
    this.view.glide(v.from, v.to);
  }

  click({ plot, x, y }) {
    if (plot.canvas.id !== "ops") return;
    this.state.selected = opAt(plot, this.state, x, y);
    this.redraw();
  }

  hover({ plot, x, y }, e) {
    const id = plot.canvas.id;
    let found = null;
    if (x >= plot.left && x <= plot.right) {
      if (id === "ops") {
        const i = opAt(plot, this.state, x, y);
        if (i >= 0) found = opDetails(this.run, i);
      } else if (id === "faults") {
        const { fault, leader } = bandAt(plot, x, y);
        if (fault) found = spanDetails(this.run, fault);
        else if (leader) found = leaderDetails(this.run, leader);
      } else {
        found = bucketDetails(this.run, bucketAt(plot, x));
      }
    }
    if (found) showTip(...found, e.clientX, e.clientY);
    else hideTip();
  }

  deselect() {
    this.state.selected = -1;
    hideTip();
    this.redraw();
  }

  // select moves the selection along its row, or to the nearest operation of the
  // row above or below; without one it begins in the middle of the view.
  select(along, across) {
    const { run, view, state } = this;
    const { ops, rows } = run;
    const old = state.selected;
    const row = old < 0 ? 0 : Math.min(Math.max(rowOf(run, old) + across, 0), rows.length - 1);
    const list = rows[row].ops.filter((i) => state.key < 0 || ops.key[i] === state.key);
    const at = old < 0 ? (view.from + view.to) / 2 : ops.start[old];
    let k = lowerBound(list.length, (j) => ops.start[list[j]] >= at);
    if (old >= 0 && along) k = list.indexOf(old) + along;
    const next = list[Math.min(Math.max(k, 0), list.length - 1)];
    if (next === undefined) return;
    state.selected = next;
    if (ops.start[next] < view.from || ops.start[next] > view.to) {
      view.halt();
      const half = (view.to - view.from) / 2;
      view.set(ops.start[next] - half, ops.start[next] + half);
    }
    this.redraw();
    this.describeSelected();
  }

  // describeSelected shows the details of the selection beside its bar.
  describeSelected() {
    const plot = this.plots.find((p) => p.canvas.id === "ops");
    const h = rowHeight(this.run), { x, y } = boxOf(plot, this.state.selected, h);
    const box = plot.canvas.getBoundingClientRect();
    showTip(...opDetails(this.run, this.state.selected), box.left + Math.max(x, plot.left), box.top + y + h - 12);
  }

  filter() {
    const { keys } = this.run.tables;
    const input = document.getElementById("key"), list = document.getElementById("keys");
    for (const key of keys.slice().sort().slice(0, 2000)) {
      const option = document.createElement("option");
      option.value = key;
      list.append(option);
    }
    input.addEventListener("input", () => {
      this.state.key = input.value === "" ? -1 : keys.indexOf(input.value);
      input.setAttribute("aria-invalid", String(input.value !== "" && this.state.key < 0));
      this.redraw();
    });
  }

  // overview moves the visible window to where the pointer is.
  overview() {
    const plot = this.plots.find((p) => p.canvas.id === "overview");
    const centre = (e) => {
      const box = plot.canvas.getBoundingClientRect();
      const us = ((e.clientX - box.left - plot.left) / (plot.right - plot.left)) * this.view.end;
      const half = (this.view.to - this.view.from) / 2;
      const from = this.view.within(us - half, 2 * half);
      this.view.halt();
      this.view.set(from, from + 2 * half);
    };
    plot.canvas.addEventListener("pointerdown", (e) => {
      plot.canvas.setPointerCapture(e.pointerId);
      centre(e);
    });
    plot.canvas.addEventListener("pointermove", (e) => { if (e.buttons & 1) centre(e); });
  }
}
