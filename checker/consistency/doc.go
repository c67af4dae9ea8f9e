// Package consistency says which weaker models a history of registers still satisfies once it is
// not linearizable: sequential, causal, the four session guarantees, eventual. It never
// guesses: what the history does not decide, or not within the limits, is Unknown. It looks
// at no clock and starts nothing. Start at Judge.
package consistency
