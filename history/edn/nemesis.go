package edn

import (
	"senkei/history/edn/form"
)

// nemesis finds out when faults were in force. Jepsen writes two events of type info for
// each of the nemesis' operations, one when it begins and one when it is done, and what
// begins and ends a fault is a convention of its packages (jepsen.nemesis.combined). A fault
// counts as in force from the end of the operation that injects it to the beginning of the
// one that heals it. Whether it really was, Jepsen does not record.
//
// All this serves explanations only; no verdict rests on it.
type nemesis struct {
	begun   map[string]bool // functions whose second event is to come
	inForce map[string]int  // kind -> number of the fault
	faults  int             // so far
	kills   bool            // whether "start" heals a kill
}

// injections and healings name the kind of the fault that a function begins or ends.
var (
	injections = map[string]string{
		"start-partition": "partition", "start-packet": "packet", "kill": "kill", "pause": "pause",
		"bump-clock": "clock", "start": "fault",
	}
	healings = map[string]string{
		"stop-partition": "partition", "stop-packet": "packet", "start": "kill", "resume": "pause",
		"reset-clock": "clock", "stop": "fault",
	}
)

func newNemesis() *nemesis { return &nemesis{begun: map[string]bool{}, inForce: map[string]int{}} }

// see adds to an event of the nemesis what it says of a fault. Events of our own say it
// themselves.
func (n *nemesis) see(p *parsed) {
	if p.Fault != nil || p.Phase != "" || p.Error != "" || p.Type != "info" || p.F == "leader" {
		return
	}
	_, injects := injections[p.F]
	_, heals := healings[p.F]
	p.Understood = injects || heals
	n.begun[p.F] = !n.begun[p.F]
	n.kills = n.kills || p.F == "kill"
	if n.begun[p.F] {
		n.heal(p)
	} else {
		n.inject(p)
	}
}

func (n *nemesis) inject(p *parsed) {
	kind, known := injections[p.F]
	if _, already := n.inForce[kind]; !known || already || p.F == "start" && n.kills {
		return
	}
	n.faults++
	n.inForce[kind] = n.faults
	id, text := n.faults, p.F
	if p.value.Line > 0 && p.value.Kind != form.Nil {
		text += " " + shown(p.value)
	}
	p.F, p.Fault, p.Phase, p.Text = kind, &id, "inject", text
}

func (n *nemesis) heal(p *parsed) {
	kind, known := healings[p.F]
	id, inForce := n.inForce[kind]
	if !known || !inForce || p.F == "start" && !n.kills {
		return
	}
	delete(n.inForce, kind)
	p.F, p.Fault, p.Phase = kind, &id, "heal"
}
