// Start: read the data, make the plots, draw them whenever something changes.

// Stage draws the plots of one view, at most once a frame, and says what is visible.
class Stage {
  constructor(view, plots, area, say) {
    Object.assign(this, { plots, say, due: false });
    view.changed = () => this.redraw();
    new ResizeObserver(() => this.redraw()).observe(area);
  }

  draw() {
    for (const plot of this.plots) plot.draw();
    this.say();
  }

  redraw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => { this.due = false; this.draw(); });
  }
}

// rangeText writes from when to when a plot shows.
function rangeText(run, plot) {
  const { since, until } = plot, step = (until - since) / 1000;
  return `${stamp(run, since, step)} – ${stamp(run, until, step)}` + (run.timed ? ` (${latencyText(until - since)})` : "");
}

function wholeRun(run) {
  run.unknown = [];
  for (let i = 0; i < run.ops.count; i++) if (outcomeOf(run, i) === 0) run.unknown.push(i);
  const view = new View(0, run.end, Math.min(run.end, run.timed ? 40 : 2e6));
  const state = { key: -1, selected: -1 };
  document.getElementById("whole").hidden = false;

  const bands = run.kinds.length + (run.leaders.length ? 1 : 0);
  const plots = [
    new Plot(run, view, "overview", 40, paintOverview),
    new Plot(run, view, "faults", 4 + bands * BAND, paintFaults),
    new Plot(run, view, "ops", Math.round(run.rows.length * rowHeight(run)) + AXIS, (ctx, plot) => paintOps(ctx, plot, state)),
  ];
  if (run.measures) {
    plots.push(new Plot(run, view, "latency", 190, (ctx, plot) => paintLatency(ctx, plot, state)));
    plots.push(new Plot(run, view, "rate", 150, paintRate));
  }
  const range = document.getElementById("range");
  const stage = new Stage(view, plots, document.getElementById("plots"), () => { range.textContent = rangeText(run, plots[0]); });
  new Input(run, view, state, plots, () => stage.redraw());
  return stage;
}

async function start() {
  const run = await load();
  readColours();
  const stages = [];
  if (run.trace) stages.push(spaceTime(run));
  if (document.getElementById("whole")) stages.push(wholeRun(run));
  const recolour = () => { readColours(); for (const stage of stages) stage.draw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); recolour(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); recolour(); });
  for (const stage of stages) stage.draw();
}

start().catch((err) => {
  for (const trouble of document.querySelectorAll(".trouble")) {
    trouble.textContent = typeof DecompressionStream === "undefined"
      ? "This browser is too old to draw the run (it has no DecompressionStream). Everything else on this page is complete."
      : "The run could not be drawn: " + err.message;
    trouble.hidden = false;
  }
});
