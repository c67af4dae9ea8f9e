package certificate

import (
	"fmt"
	"strings"
)

// Certificate says of each key of one history what was found, and proves it.
type Certificate struct {
	// Model is the ID of the sequential specification, such as "fifo-queue".
	Model string
	// History is the Digest of the history.
	History string
	// Keys has each key of the history, in ascending order.
	Keys []Key
}

// Status is what a certificate claims of a key.
type Status string

// The claims of a certificate.
const (
	Valid   Status = "valid"
	Invalid Status = "invalid"
	Unknown Status = "unknown" // a claim of nothing
)

// Key is what was found of one key.
type Key struct {
	Key    string `json:"key"`
	Status Status `json:"verdict"`
	// Order holds, of a valid key, the IDs of operations in an order that the model allows:
	// all that are known to have happened, and those of unknown outcome that did.
	Order []int `json:"order,omitempty"`
	// Violation proves an invalid key.
	Violation *Violation `json:"violation,omitempty"`
	// Reason says in a sentence why the key is unknown.
	Reason string `json:"reason,omitempty"`
}

// Violation is a part of a key's operations, as they were known at some moment, that has no
// legal order, although all that was left out can have been left out of a legal one.
type Violation struct {
	// Cut is the position of that moment, the completion that broke the key. Operations that
	// had not ended by then have an unknown outcome; those that began later are not there.
	Cut int `json:"cut"`
	// Parts names the keys of a store, or the elements of a set or a list, that show it: what operations
	// did elsewhere is left out. Empty, nothing is.
	Parts []string `json:"parts,omitempty"`
	// Core holds IDs, rising.
	Core []int `json:"core"`
}

// Undecided returns a key of which nothing is claimed, for this reason.
func Undecided(key, reason string) Key {
	if len(reason) > reasonBytesMax {
		reason = strings.ToValidUTF8(reason[:reasonBytesMax], "") + "…"
	}
	return Key{Key: key, Status: Unknown, Reason: reason}
}

// validate checks that the key says what its status needs, and nothing else.
func (k Key) validate() error {
	has := [...]bool{k.Order != nil, k.Violation != nil, k.Reason != ""}
	switch {
	case k.Status != Valid && k.Status != Invalid && k.Status != Unknown:
		return fmt.Errorf("the verdict %q is none of valid, invalid, unknown", k.Status)
	case has != [...]bool{k.Status == Valid && has[0], k.Status == Invalid, k.Status == Unknown}:
		return fmt.Errorf("an order belongs to a valid key, a violation to an invalid one, a reason to one that is unknown, but this one is %s", k.Status)
	default:
		return nil
	}
}
