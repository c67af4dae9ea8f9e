// What a simulated run's clients and nodes said to each other: a list of events in
// the order of time, each a message or a moment. See diagram.go.

const REPEAT = 4, CORE = 1, CULPRIT = 2;
const FAMILIES = ["other", "election", "replication", "client"];

async function loadTrace(run) {
  const t = run.trace;
  if (!t) return;
  const n = t.count;
  const [columns, strings] = await Promise.all([inflate(t.columns), inflate(t.strings)]);
  const read = columnReader(columns, n);
  t.at = read(new Float64Array(n));
  t.row = read(new Uint16Array(n));
  t.peer = read(new Int16Array(n));
  t.end = read(new Float64Array(n));
  t.reason = read(new Uint32Array(n));
  t.kind = read(new Uint32Array(n));
  t.text = read(new Uint32Array(n));
  t.flags = read(new Uint8Array(n));
  t.lost = new Uint8Array(n);
  Object.assign(t, JSON.parse(new TextDecoder().decode(strings)));
  for (const name of ["kinds", "texts", "reasons", "spans"]) t[name] ??= [];
  const ways = [];
  for (let i = 0; i < n; i++) {
    t.at[i] += i ? t.at[i - 1] : t.from;
    t.peer[i]--;
    t.lost[i] = t.peer[i] >= 0 && t.end[i] === 0 ? 1 : 0;
    if (t.end[i] > 1) ways.push(t.end[i] - 1);
    t.end[i] = t.at[i] + Math.max(t.end[i] - 1, 0);
  }
  // A lost message is drawn as far as it would have come by half the usual time.
  const usual = ways.length ? ways.sort((a, b) => a - b)[ways.length >> 1] : 1000;
  for (let i = 0; i < n; i++) if (t.lost[i]) t.end[i] = t.at[i] + usual / 2;
  // The operations of the clients that have a row, and the row of each.
  const owners = new Map();
  t.rows.forEach((row, l) => { for (const p of row.processes ?? []) owners.set(p, l); });
  t.rowOfOp = (i) => owners.get(run.tables.processes[run.ops.process[i]][0]);
  byRow(run.ops, t.rows, t.rowOfOp).forEach(({ ops, reach }, l) => Object.assign(t.rows[l], { ops, reach }));
  // Where an invariant of the nodes broke.
  for (let i = 0; i < n; i++) if (isMoment(t, i) && involvementOf(t, i) === CULPRIT) t.brokenAt ??= t.at[i];
  t.faults = run.faults.filter((f) => f.to >= t.from && f.from <= t.to);
}

const isMoment = (t, i) => t.peer[i] < 0;
const familyOf = (t, i) => FAMILIES[t.flags[i] & 3];
const involvementOf = (t, i) => t.flags[i] >> 3;

// wayOf names where a message went, or where something happened.
function wayOf(t, i) {
  const from = t.rows[t.row[i]].name;
  return isMoment(t, i) ? from : from + " → " + t.rows[t.peer[i]].name;
}

function eventDetails(run, i) {
  const t = run.trace;
  const part = ["", "of the explanation", "of the violation"][involvementOf(t, i)];
  const rows = [["", part], ["says", t.texts[t.text[i]]]];
  if (isMoment(t, i)) {
    rows.push(["at", stamp(run, t.at[i], 1)]);
  } else {
    rows.push(["sent", stamp(run, t.at[i], 1)]);
    if (t.lost[i]) rows.push(["arrived", "never: " + t.reasons[t.reason[i]]]);
    else rows.push(["arrived", `${stamp(run, t.end[i], 1)} (${latencyText(t.end[i] - t.at[i])})`]);
    if (t.flags[i] & REPEAT) rows.push(["", "as the one before it"]);
  }
  return [`${wayOf(t, i)}: ${t.kinds[t.kind[i]]}`, rows.filter(([, text]) => text)];
}
