package kv

// Apply brings the state, which must be the one before the change, to the one after it.
func (s *State) Apply(c Change) {
	s.Applied = c.Applied
	s.Items = replace(s.Items, c.Items)
	s.Sessions = replace(s.Sessions, c.Sessions)
}

// Add takes over the records of a chunk. It leaves Applied alone.
func (s *State) Add(c Chunk) {
	if s.Items == nil {
		s.Items = make(map[string]Item, len(c.Items))
	}
	for _, r := range c.Items {
		s.Items[r.Key] = r.Item
	}
	if s.Sessions == nil {
		s.Sessions = make(map[string]Session, len(c.Sessions))
	}
	for _, r := range c.Sessions {
		s.Sessions[r.Client] = r.Session
	}
}

// replace writes what the change says into m, or into a new map where m is nil.
func replace[V any](m map[string]V, change map[string]*V) map[string]V {
	if m == nil {
		m = make(map[string]V, len(change))
	}
	for key, value := range change {
		if value == nil {
			delete(m, key)
		} else {
			m[key] = *value
		}
	}
	return m
}
