package kv

// Apply brings the state, which must be the one before the change, to the one after it.
func (s *State) Apply(c Change) {
	s.Applied = c.Applied
	s.Items = replace(s.Items, c.Items)
	s.Sessions = replace(s.Sessions, c.Sessions)
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
