// What the pointer or the keyboard points at, in words. Texts of the run only ever
// become text nodes.

function showTip(title, rows, x, y) {
  const tip = document.getElementById("tip");
  const strong = document.createElement("strong");
  strong.textContent = title;
  const list = document.createElement("dl");
  for (const [name, text] of rows) {
    if (text === "" || text === undefined) continue;
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = text;
    list.append(dt, dd);
  }
  tip.replaceChildren(strong, list);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? x - width - 16 : x + 16;
  const top = y + 18 + height > innerHeight ? y - height - 14 : y + 18;
  tip.style.transform = `translate(${Math.max(left, 4)}px, ${Math.max(top, 4)}px)`;
}

function hideTip() { document.getElementById("tip").hidden = true; }

const outcomeTexts = ["unknown: it may have happened, or may still happen", "ok", "failed: it never happened"];

function opDetails(run, i) {
  const { ops, tables } = run;
  const took = ops.end[i] - ops.start[i], unknown = outcomeOf(run, i) === 0;
  const rows = [
    ["key", tables.keys[ops.key[i]]],
    ["outcome", outcomeTexts[outcomeOf(run, i)]],
    ["client", run.rows[rowOf(run, i)].label],
    ["process", String(tables.processes[ops.process[i]][0])],
    ["node", tables.nodes[ops.node[i]]],
    ["from", stamp(run, ops.start[i], 1)],
    [unknown ? "gave up" : "to", stamp(run, ops.end[i], 1) + (run.timed ? ` (${latencyText(took)})` : "")],
    ["error", tables.errors[ops.error[i]]],
  ];
  const v = run.violation;
  if (v?.culprit === i) rows.unshift(["", "✕ the violation: no order is left when this ends"]);
  else if (v?.core.includes(i)) rows.unshift(["", "part of the explanation"]);
  return [opLabel(run, i), rows];
}

function spanDetails(run, f) {
  return [f.kind, [["what", f.text], ["from", stamp(run, f.from, 1000)], ["to", stamp(run, f.to, 1000)], ["lasted", run.timed ? latencyText(f.to - f.from) : ""]]];
}

function leaderDetails(run, l) {
  return ["leader " + l.node, [["term", String(l.term)], ["seen at", stamp(run, l.from, 1000)]]];
}

function bucketDetails(run, i) {
  const m = run.measures, from = i * m.width;
  const rate = (name) => rateText(perSecond(run, m[name][i])) + "/s";
  const q = (name) => (m[name][i] ? latencyText(m[name][i]) : "none acknowledged");
  return [`${stamp(run, from, m.width)} – ${stamp(run, Math.min(from + m.width, run.end), m.width)}`, [
    ["ok", rate("ok")], ["failed", rate("fail")], ["unknown", rate("info")],
    ["median", q("p50")], ["95 %", q("p95")], ["99 %", q("p99")], ["slowest", q("max")],
  ]];
}
