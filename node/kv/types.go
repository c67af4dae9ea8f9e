package kv

// Item is the value of one key.
type Item struct {
	Value    string `cbor:"1,keyasint"`
	Revision uint64 `cbor:"2,keyasint"`
}

// Session is the latest command of one client and the reply it got (thesis §6.3).
type Session struct {
	Seq    uint64 `cbor:"1,keyasint"`
	Result Result `cbor:"2,keyasint"`
	// Index is the log index of that command, which differs for all sessions; the lowest is
	// evicted first.
	Index uint64 `cbor:"3,keyasint"`
}

// Change is what applying one entry altered; a store that had the state before it has
// the state after it once the whole change is written. Where nothing but Applied moved
// (a no-op, a duplicate), the other fields are empty.
type Change struct {
	Applied  uint64              // the log index up to which the state now reaches
	Items    map[string]*Item    // nil removes the key
	Sessions map[string]*Session // nil removes the session
}

// State is a whole store, as a restart finds it.
type State struct {
	Applied  uint64
	Items    map[string]Item
	Sessions map[string]Session
}
