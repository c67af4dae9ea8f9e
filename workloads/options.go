package workloads

import "fmt"

// Options are the run's parameters that a workload may use.
type Options struct {
	Clients   int     // slots, at least 1
	Nodes     int     // nodes under test, at least 1; slot i speaks to node i mod Nodes
	Keys      int     // keys in use at the same time, 1 to Clients
	OpsPerKey int     // operations on a key before a new key takes its place, at least 1
	Rate      float64 // operations a second over all clients; 0 means as fast as they are answered
}

// Bounds of a rate other than 0, in operations a second.
const (
	rateLow  = 0.01
	rateHigh = 1e6
)

// Validate says in a sentence what is wrong with the options.
func (o Options) Validate() error {
	switch {
	case o.Clients < 1:
		return fmt.Errorf("%d clients drive nothing: there must be at least 1", o.Clients)
	case o.Nodes < 1:
		return fmt.Errorf("%d nodes serve nobody: there must be at least 1", o.Nodes)
	case o.Keys < 1:
		return fmt.Errorf("%d keys hold nothing: there must be at least 1", o.Keys)
	case o.Keys > o.Clients:
		return fmt.Errorf("%d keys in use at the same time need at least as many clients, not %d", o.Keys, o.Clients)
	case o.OpsPerKey < 1:
		return fmt.Errorf("%d operations per key are too few: there must be at least 1", o.OpsPerKey)
	case o.Rate != 0 && !(o.Rate >= rateLow && o.Rate <= rateHigh): // which NaN is not either
		return fmt.Errorf("a rate of %g operations a second is neither 0 nor between %g and %g", o.Rate, rateLow, rateHigh)
	}
	return nil
}
