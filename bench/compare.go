package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// plan is what a comparison measures: puts and gets with each number of clients.
type plan struct {
	clients []int
	rounds  int
	warmUp  time.Duration // of each round
	length  time.Duration // of each round, after the warm-up
}

func defaultPlan() plan {
	return plan{clients: []int{1, 64, 256}, rounds: 3, warmUp: 500 * time.Millisecond, length: 3 * time.Second}
}

// Bounds of a plan.
const (
	clientsMax = 4096
	roundsMax  = 100
	lengthMax  = time.Minute
)

func (p plan) validate() error {
	if p.rounds < 1 || p.rounds > roundsMax || p.length <= 0 || p.length > lengthMax {
		return fmt.Errorf("--rounds %d --length %v: measure between 1 and %d rounds of at most %v", p.rounds, p.length, roundsMax, lengthMax)
	}
	for _, n := range p.clients {
		if n < 1 || n > clientsMax {
			return fmt.Errorf("--clients %d: choose between 1 and %d", n, clientsMax)
		}
	}
	return nil
}

// cell is what every system did under the same load.
type cell struct {
	Operation operation `json:"operation"`
	Clients   int       `json:"clients"`
	Results   []result  `json:"results"` // one for each system
}

// result is what one system did in a cell. Latencies are medians over the rounds.
type result struct {
	System       string    `json:"system"`
	PerSecond    spread    `json:"per_second"` // operations, over the rounds
	P50          float64   `json:"p50_ms"`
	P99          float64   `json:"p99_ms"`
	Errors       int       `json:"errors"`
	Example      string    `json:"error,omitempty"` // one of the errors
	RatesByRound []float64 `json:"per_second_by_round"`
}

// compareTo fills the systems and measures cell after cell. Within a cell the systems take
// turns, so that what else the machine does hits both; the one that waits is idle. It tells
// progress how far it is.
func (p plan) compareTo(progress io.Writer) measurement {
	return func(ctx context.Context, clusters []*deployment) (printer, error) {
		for _, c := range clusters {
			fmt.Fprintf(progress, "fill %s\n", c.Name())
			if err := c.fill(ctx); err != nil {
				return nil, err
			}
		}
		r := newReport(clusters)
		for _, o := range []operation{put, get} {
			for _, n := range p.clients {
				fmt.Fprintf(progress, "%s with %d clients: %d rounds of %v each\n", o, n, p.rounds, p.length)
				results, err := p.measure(ctx, clusters, o, n)
				if err != nil {
					return nil, err
				}
				r.Cells = append(r.Cells, cell{Operation: o, Clients: n, Results: results})
			}
		}
		return r, nil
	}
}

const fillClients = 64

func (c *deployment) fill(ctx context.Context) error {
	all := c.connect(fillClients, 0)
	defer all.close()
	return fill(ctx, all)
}

func (p plan) measure(ctx context.Context, clusters []*deployment, o operation, n int) ([]result, error) {
	series := make([]series, len(clusters))
	for round := range p.rounds {
		for i, c := range clusters {
			// Each round begins with another node, so that a single client is not at the leader
			// always or never.
			all := c.connect(n, round)
			t := load{operation: o, warmUp: p.warmUp, length: p.length}.run(ctx, all)
			all.close()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			series[i].add(t, p.length)
		}
	}
	results := make([]result, len(clusters))
	for i, c := range clusters {
		results[i] = series[i].result(c.Name())
	}
	return results, nil
}

// series are the rounds of one system in one cell.
type series struct {
	rates, p50s, p99s []float64
	errors            int
	example           string
}

func (s *series) add(t tally, length time.Duration) {
	p50, p99 := quantiles(t.latencies)
	s.rates = append(s.rates, float64(len(t.latencies))/length.Seconds())
	s.p50s = append(s.p50s, p50)
	s.p99s = append(s.p99s, p99)
	s.errors += t.errors
	if t.example != nil {
		s.example = t.example.Error()
	}
}

func (s *series) result(system string) result {
	return result{
		System: system, PerSecond: spreadOf(s.rates), RatesByRound: s.rates,
		P50: spreadOf(s.p50s).Median, P99: spreadOf(s.p99s).Median,
		Errors: s.errors, Example: s.example,
	}
}
