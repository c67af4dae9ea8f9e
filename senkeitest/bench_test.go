package senkeitest_test

import (
	"flag"
	"sync"
	"syscall"
	"testing"
	"time"

	"senkei/history"
	"senkei/senkeitest"
)

func flagArtifacts(value string) error { return flag.Set("test.artifacts", value) }

// BenchmarkRecord measures one operation, begun and ended, on every processor at once.
func BenchmarkRecord(b *testing.B) {
	r := senkeitest.New(&fake{TB: b}, register)
	in, out := read, found(1)
	b.ReportAllocs()
	defer reportCPU(b, cpu())
	b.RunParallel(func(pb *testing.PB) {
		c := r.Client()
		for pb.Next() {
			c.Begin(in).OK(out)
		}
	})
}

// BenchmarkMutexAppend is the usual way: two events appended to one slice under a mutex, even
// without a time.
func BenchmarkMutexAppend(b *testing.B) {
	type event struct {
		client int
		in     history.Input
		out    history.Output
	}
	var mu sync.Mutex
	var events []event
	in, out := read, found(1)
	b.ReportAllocs()
	defer reportCPU(b, cpu())
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mu.Lock()
			events = append(events, event{client: 1, in: in})
			mu.Unlock()
			mu.Lock()
			events = append(events, event{client: 1, out: out})
			mu.Unlock()
		}
	})
}

// cpu is the time that processors spent on this process, which others cannot lengthen much.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func reportCPU(b *testing.B, before time.Duration) {
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
}
