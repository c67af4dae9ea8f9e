// Package verify checks certificates. It knows of a model how to step, and shares no search,
// decision or reduction with what made them. Start at Certificate.
package verify
