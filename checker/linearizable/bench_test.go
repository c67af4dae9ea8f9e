package linearizable_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
)

func BenchmarkKey(b *testing.B) {
	ops := busy(rand.New(rand.NewPCG(1, 2)), 10, 170)
	b.ReportAllocs()
	for b.Loop() {
		if register.CheckKey(b.Context(), "", history.History{Ops: ops}, checker.Limits{}).Status != checker.Valid {
			b.Fatal()
		}
	}
}

func BenchmarkZones(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			ops := busy(rand.New(rand.NewPCG(1, 2)), 32, n)
			b.ReportAllocs()
			for b.Loop() {
				if legal, applies := linearizable.ByZones(models.Register{}, ops); !legal || !applies {
					b.Fatal()
				}
			}
		})
	}
}
