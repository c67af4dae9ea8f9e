package consistency

// promises are all models, strongest first, and what each promises.
var promises = []struct{ name, meaning string }{
	{Linearizable, "Each operation takes effect at one moment between its start and its end."},
	{Sequential, "One order of all operations explains every result and keeps the order of each process, however late a process sees what others did."},
	{Causal, "Whoever knows of a write knows of all that came before it; writes that did not know of each other may be seen in any order."},
	{MonotonicReads, "After a process has read a version, it reads none that is older."},
	{MonotonicWrites, "Whoever has seen a process's write also sees what that process had written before."},
	{ReadYourWrites, "After its own write, a process reads nothing that is older."},
	{WritesFollowReads, "Whoever has seen a process's write also sees what that process had read before."},
	{Eventual, "Once nobody writes any more, all processes come to read the same."},
}

// Meaning says in one sentence what a model promises; it is empty for what is none.
func Meaning(model string) string {
	for _, m := range promises {
		if m.name == model {
			return m.meaning
		}
	}
	return ""
}
