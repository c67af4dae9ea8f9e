package checker

import (
	"encoding/json"
	"fmt"
)

// verdictJSON is a Verdict as result.json has it. Evidence stands below the name of its kind.
type verdictJSON struct {
	Property string        `json:"property"`
	Key      string        `json:"key,omitempty"`
	Status   Status        `json:"verdict"`
	Summary  string        `json:"summary,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Evidence *evidenceJSON `json:"evidence,omitempty"`
	Parts    []Verdict     `json:"parts,omitempty"`
}

// evidenceJSON holds evidence of one kind.
type evidenceJSON struct {
	OrderFound *Order `json:"order,omitempty"`
	CoreFound  *Core  `json:"core,omitempty"`
}

func (e *evidenceJSON) Order(o *Order) { e.OrderFound = o }

func (e *evidenceJSON) Core(c *Core) { e.CoreFound = c }

// MarshalJSON writes the verdict with its parts and its evidence.
func (v Verdict) MarshalJSON() ([]byte, error) {
	text := verdictJSON{Property: v.Property, Key: v.Key, Status: v.Status, Summary: v.Summary, Reason: v.Reason, Parts: v.Parts}
	if v.Evidence != nil {
		text.Evidence = &evidenceJSON{}
		v.Evidence.Visit(text.Evidence)
	}
	return json.Marshal(text)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Verdict) UnmarshalJSON(data []byte) error {
	var text verdictJSON
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*v = Verdict{Property: text.Property, Key: text.Key, Status: text.Status, Summary: text.Summary, Reason: text.Reason, Parts: text.Parts}
	switch e := text.Evidence; {
	case e == nil:
	case e.OrderFound != nil && e.CoreFound == nil:
		v.Evidence = e.OrderFound
	case e.CoreFound != nil && e.OrderFound == nil:
		v.Evidence = e.CoreFound
	default:
		return fmt.Errorf("the evidence of the verdict on %q is not of one kind that this version knows", v.Property)
	}
	return nil
}
