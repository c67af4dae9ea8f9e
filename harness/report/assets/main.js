// Start: read the data, make the plots, draw them whenever something changes.

async function start() {
  const run = await load();
  run.unknown = [];
  for (let i = 0; i < run.ops.count; i++) if (outcomeOf(run, i) === 0) run.unknown.push(i);
  const view = new View(run.end, run.timed);
  const state = { key: -1, selected: -1 };
  document.getElementById("whole").hidden = false;
  readColours();

  const bands = run.kinds.length + (run.leaders.length ? 1 : 0);
  const plots = [
    new Plot(run, view, "overview", 40, paintOverview),
    new Plot(run, view, "faults", 4 + bands * BAND, paintFaults),
    new Plot(run, view, "ops", Math.round(run.lanes.length * laneHeight(run)) + AXIS, (ctx, plot) => paintOps(ctx, plot, state)),
  ];
  if (run.measures) {
    plots.push(new Plot(run, view, "latency", 190, (ctx, plot) => paintLatency(ctx, plot, state)));
    plots.push(new Plot(run, view, "rate", 150, paintRate));
  }
  const range = document.getElementById("range");
  const draw = () => {
    for (const plot of plots) plot.draw();
    const step = (view.to - view.from) / 1000;
    range.textContent = `${stamp(run, view.from, step)} – ${stamp(run, view.to, step)}` + (run.timed ? ` (${latencyText(view.to - view.from)})` : "");
  };
  let due = false;
  const redraw = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; draw(); });
  };
  view.changed = redraw;
  new Input(run, view, state, plots, redraw);
  new ResizeObserver(redraw).observe(document.getElementById("plots"));
  const recolour = () => { readColours(); draw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  addEventListener("beforeprint", () => { document.documentElement.classList.add("paper"); recolour(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("paper"); recolour(); });
  draw();
}

start().catch((err) => {
  const trouble = document.getElementById("trouble");
  trouble.textContent = typeof DecompressionStream === "undefined"
    ? "This browser is too old to draw the run (it has no DecompressionStream). Everything else on this page is complete."
    : "The run could not be drawn: " + err.message;
  trouble.hidden = false;
});
