// Package verify checks certificates. It knows of a model how to step, and shares no search,
// decision or reduction with what made them. Start at Certificate.
//
//   - verify.go: Certificate; orders are legal and complete
//   - refute.go: a core has no legal order
//   - removable.go: what may be left out of a history beside a core
package verify
