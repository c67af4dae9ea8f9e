// Package consistency says which weaker models a history of registers still satisfies once it is
// not linearizable: sequential, causal, the four session guarantees, eventual. It never
// guesses: what the history does not decide, or not within the limits, is Unknown. It looks
// at no clock and starts nothing. Start at Judge.
//
//   - consistency.go: the models and their verdicts; meaning.go: what each promises
//   - record.go: who read what from whom; order.go, heard.go: the causal order of that
//   - sequential.go, causal.go, guarantees.go, eventual.go: one check each
//   - search.go: an order of all operations; circle.go: a short circle that shows there is none
package consistency
