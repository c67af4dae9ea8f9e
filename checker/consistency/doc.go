// Package consistency says which weaker models a history of registers still satisfies once it is
// not linearizable: sequential, causal, the four session guarantees, eventual. It never
// guesses: what the history does not decide, or not within the limits, is Unknown. It looks
// at no clock and starts nothing. Start at Judge.
//
//   - consistency.go: the models, and a verdict of each; meaning.go: what each promises
//   - record.go: operations as accesses that name the write they found
//   - order.go: the causal order; causal.go, guarantees.go (with heard.go): what is judged by it
//   - sequential.go: sequential, with search.go where only a search decides, and circle.go
//     where sessions disagree on the order of one key
//   - eventual.go: eventual
package consistency
