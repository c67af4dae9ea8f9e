package history

import "time"

// Assembler makes a History of events, one after another, and validates them strictly where
// they are evidence: process, type, function, key, value and order. Every format that a
// history can be read from ends here.
type Assembler struct {
	h       History
	line    int // number of the line in hand
	next    int // smallest position that the next event may have
	clients standings
	shape   shape              // of the function in hand
	inForce map[int]int        // fault number -> index in h.Faults
	named   map[string]Process // clients that have a name instead of a number
	highest Process            // of the clients that have a number
	notes   notes
	options Options
	kept    []kept // to be sorted
	begun   int    // operations so far
	free    []int  // where in h.Ops an operation was that has been handed over
	latest  time.Duration
}

// NewAssembler returns an Assembler of a history without events.
func NewAssembler(o Options) *Assembler {
	return &Assembler{options: o, inForce: map[int]int{}, highest: -1}
}

// Reserve makes room, if the first events of a text, of which they take so many bytes, tell how
// many operations all of it may have.
func (a *Assembler) Reserve(events, textBytes int) {
	if a.options.Each == nil && a.h.Ops == nil && a.options.SizeBytes > int64(textBytes) && events > 0 {
		operations := int64(events) * a.options.SizeBytes / int64(textBytes) / 2
		a.h.Ops = make([]Op, 0, operations+operations/64)
	}
}

func (a *Assembler) wrong(format string, args ...any) error {
	return Wrong(a.line, format, args...)
}

// Add takes the next event, which stands on this line of its file, from 1. What is wrong
// with it is a *LineError, after which the Assembler is of no more use. It needs process,
// type, f and, for a function that has one, value; a missing index continues from the
// event before, a missing time is 0, a missing key is "", and a completion may leave out
// the key and the value that it repeats. A refused compare-and-set, a fail with "observed",
// becomes an OK with Swapped false. Where a read, a write or an operation without f has the
// operations of a transaction as its value, it is one. Events of the nemesis that carry no
// fault number and no phase say nothing certain about when a fault was in force, and of those
// of the monitor only "leader" is known; both are passed over and counted.
func (a *Assembler) Add(line int, e Event) error { return a.take(line, &e) }

// take is Add of an event that it may change.
func (a *Assembler) take(line int, e *Event) error {
	if a.options.Order != AsIs {
		a.kept = append(a.kept, kept{*e, line})
		return nil
	}
	return a.add(line, e)
}

func (a *Assembler) add(line int, e *Event) error {
	a.line, e.Time = line, max(e.Time, 0)
	if e.Process == nil && e.Client != "" {
		p := a.client(e.Client)
		e.Process = &p
	}
	if e.Process != nil && *e.Process >= 0 {
		a.highest = max(a.highest, a.numbered(*e.Process))
		a.translate(e)
	}
	if err := a.validate(e); err != nil {
		return err
	}
	position, err := a.position(e)
	if err != nil {
		return err
	}
	a.next = position + 1
	switch {
	case *e.Process == Nemesis:
		return a.fault(e, position)
	case *e.Process == Monitor:
		return a.monitor(e, position)
	case e.Type == typeInvoke:
		a.notes.timed(e.Time)
		return a.invoke(e, position)
	default:
		if e.Type != typeInfo { // when a client gave up says nothing of when it was done
			a.notes.timed(e.Time)
		}
		return a.complete(e, position)
	}
}

// translate gives an event of a client the function of the vocabulary that it means.
func (a *Assembler) translate(e *Event) {
	f, mapped := a.options.Functions[e.F]
	switch {
	case mapped:
		e.F = string(f)
	case e.F == "lock":
		e.F = string(Acquire)
	case e.F == "unlock":
		e.F = string(Release)
	}
	switch Func(e.F) {
	case "", Read, Write:
		if e.Type == typeInvoke && e.Value.isTransaction() {
			e.F = string(Txn)
		} else if c := a.clients.of(*e.Process); e.Type != typeInvoke && c.stage == busy && a.h.Ops[c.op].In.F == Txn {
			e.F = string(Txn)
		}
	}
	if e.Type != typeOK && e.Type != typeFail {
		e.Revision = 0
	}
}

// validate checks the event as far as it stands alone.
func (a *Assembler) validate(e *Event) error {
	switch {
	case e.Process == nil:
		return a.wrong(`"process" is missing; write a client's number or name, "nemesis" or "monitor"`)
	case e.Type == "":
		return a.wrong(`"type" is missing; write invoke, ok, fail or info`)
	case e.Type != typeInvoke && e.Type != typeOK && e.Type != typeFail && e.Type != typeInfo:
		return a.wrong("type %q is unknown; write invoke, ok, fail or info", clip(e.Type))
	case e.F == "":
		return a.wrong(`"f" is missing; write what was done, such as read, write or cas`)
	}
	var known bool
	if a.shape, known = shapes[Func(e.F)]; !known && *e.Process >= 0 {
		return a.wrong("f %q is unknown; write one of %s", clip(e.F), vocabulary())
	}
	return nil
}

// position returns where the event stands. An index of -1 means none, as in Jepsen.
func (a *Assembler) position(e *Event) (int, error) {
	switch {
	case e.Index == nil || *e.Index == -1:
		return a.next, nil
	case *e.Index < 0 || *e.Index > positionMax:
		return 0, a.wrong("index %d is not between 0 and 2^53; number the lines from 0", *e.Index)
	case *e.Index < a.next:
		return 0, a.wrong("index %d does not rise above %d of the event before; put the lines in order, or leave out every index", *e.Index, a.next-1)
	default:
		return *e.Index, nil
	}
}

func (a *Assembler) invoke(e *Event, position int) error {
	process := *e.Process
	switch c := a.clients.of(process); c.stage {
	case busy:
		return a.wrong("process %s begins a %s while its %s of line %d is open; give each concurrent operation a process of its own",
			a.name(e), e.F, a.h.Ops[c.op].In.F, c.line)
	case retired:
		return a.wrong("process %s begins a %s although the outcome of its %s of line %d is unknown; continue with a new process number",
			a.name(e), e.F, a.h.Ops[c.op].In.F, c.line)
	}
	in, err := a.input(e)
	if err != nil {
		return err
	}
	at := time.Duration(e.Time)
	if last := len(a.free) - 1; last >= 0 {
		a.clients.set(process, standing{busy, a.free[last], a.line})
		a.h.Ops[a.free[last]] = Op{ID: a.begun, Process: process, Node: e.Node, In: in, Invoke: position, Complete: Never, Start: at, End: at}
		a.free = a.free[:last]
	} else {
		a.clients.set(process, standing{busy, len(a.h.Ops), a.line})
		a.h.Ops = append(a.h.Ops, Op{ID: a.begun, Process: process, Node: e.Node, In: in, Invoke: position, Complete: Never, Start: at, End: at})
	}
	a.begun++
	return nil
}

func (a *Assembler) complete(e *Event, position int) error {
	process := *e.Process
	c := a.clients.of(process)
	if c.stage != busy {
		return a.wrong("process %s ends a %s that it did not begin; add its invocation before this line, or delete the line", a.name(e), e.F)
	}
	op := &a.h.Ops[c.op]
	if Func(e.F) != op.In.F {
		return a.wrong("process %s ends a %s but began a %s on line %d; make both the same", a.name(e), e.F, op.In.F, c.line)
	}
	if e.Key != "" && e.Key != op.In.Key {
		return a.wrong("process %s ends a %s of key %q but began it with key %q on line %d; make both the same", a.name(e), e.F, e.Key, op.In.Key, c.line)
	}
	out, outcome, err := a.output(e, &op.In, c.line)
	if err != nil {
		return err
	}
	settle(op, out, outcome, e.Error, position, time.Duration(e.Time))
	c.stage = idle
	if outcome == Unknown {
		c.stage = retired
	}
	a.clients.set(process, c)
	return a.handOver(c.op)
}

// handOver lets go of an operation that has ended, if that is wanted.
func (a *Assembler) handOver(at int) error {
	if a.options.Each == nil {
		return nil
	}
	a.latest = max(a.latest, a.h.Ops[at].Start, a.h.Ops[at].End)
	err := a.options.Each(&a.h.Ops[at])
	a.h.Ops[at] = Op{Complete: handedOver}
	a.free = append(a.free, at)
	return err
}

// handedOver stands in place of an operation that is gone.
const handedOver = -1

// handOverRest lets go of the operations that did not end.
func (a *Assembler) handOverRest() error {
	if a.options.Each == nil {
		return nil
	}
	if a.options.Order != AsIs || a.options.Initial != Absent || len(a.named) > 0 {
		return ErrNotStreamed
	}
	for i := range a.h.Ops {
		if a.h.Ops[i].Complete != handedOver {
			if err := a.handOver(i); err != nil {
				return err
			}
		}
	}
	a.h.Ops = nil
	return nil
}

// fault opens a span at an injection that worked and closes it at a healing that did.
// A heal of what is not in force is allowed: the harness heals everything once more at
// the end.
func (a *Assembler) fault(e *Event, position int) error {
	if e.Fault == nil && e.Phase == "" {
		if !e.Understood {
			a.notes.passOver(e.F)
		}
		return nil
	}
	if e.Fault == nil || (e.Phase != phaseInject && e.Phase != phaseHeal) {
		return a.wrong(`a fault's event needs both a number "fault" and a "phase" that is "inject" or "heal"; add them, or leave both out`)
	}
	if e.Error != "" {
		return nil
	}
	at := time.Duration(e.Time)
	i, inForce := a.inForce[*e.Fault]
	switch {
	case e.Phase == phaseInject && inForce:
		return a.wrong("fault %d is injected while it is in force; heal it before, or give this one another number", *e.Fault)
	case e.Phase == phaseInject:
		a.inForce[*e.Fault] = len(a.h.Faults)
		a.h.Faults = append(a.h.Faults, Span{ID: *e.Fault, Kind: e.F, Text: e.Text, From: position, To: Never, Start: at})
	case inForce:
		a.h.Faults[i].To, a.h.Faults[i].End = position, at
		delete(a.inForce, *e.Fault)
	}
	return nil
}

func (a *Assembler) monitor(e *Event, position int) error {
	if e.F != funcLeader {
		return nil
	}
	term, err := parseTerm(e.Value)
	if err != nil || e.Node == "" {
		return a.wrong(`a leader's event needs a "node" and its term, a whole number, as "value"; add them, or delete the line`)
	}
	a.h.Leaders = append(a.h.Leaders, LeaderChange{Position: position, Time: time.Duration(e.Time), Node: e.Node, Term: term})
	return nil
}

// History returns what was built, in the order that the options ask for. Operations still open
// have an unknown outcome. A fault that was not healed gets its End here: the latest time that
// the history knows of. Clients that have a name get numbers behind those of the others.
func (a *Assembler) History() (History, error) {
	if err := a.sort(); err != nil {
		return History{}, err
	}
	for i := range a.kept {
		e := &a.kept[i]
		if err := a.add(e.line, &e.Event); err != nil {
			return History{}, err
		}
	}
	if err := a.handOverRest(); err != nil {
		return History{}, err
	}
	h := a.h
	for i := range h.Ops {
		h.Ops[i].Process = a.numberOf(h.Ops[i].Process)
	}
	h.end(a.latest)
	h.Notes = a.notes.sentences()
	if len(a.named) > 0 {
		h.Notes = append(h.Notes, a.names())
	}
	if a.options.Initial != Absent {
		h.begin(a.options.Initial, a.highest+1+Process(len(a.named)))
	}
	return h, nil
}

// end gives the faults that were not healed their end: the latest time that is known of, here
// or from the caller.
func (h *History) end(latest time.Duration) {
	for i := range h.Ops {
		latest = max(latest, h.Ops[i].Start, h.Ops[i].End)
	}
	for _, l := range h.Leaders {
		latest = max(latest, l.Time)
	}
	for _, s := range h.Faults {
		latest = max(latest, s.Start)
		if s.To != Never {
			latest = max(latest, s.End)
		}
	}
	for i := range h.Faults {
		if h.Faults[i].To == Never {
			h.Faults[i].End = latest
		}
	}
}
