package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"
)

// printer is a result that people can read.
type printer interface{ print(w io.Writer) }

// machine says where and what was measured.
type machine struct {
	CPUs    int               `json:"cpus"`
	Go      string            `json:"go"`
	Nodes   int               `json:"nodes"`
	Systems map[string]string `json:"systems"` // name to version
}

func machineOf(clusters []*deployment) machine {
	m := machine{CPUs: runtime.NumCPU(), Go: runtime.Version(), Systems: map[string]string{}}
	for _, c := range clusters {
		m.Nodes = len(c.nodes)
		m.Systems[c.Name()] = c.version()
	}
	return m
}

func (m machine) print(w io.Writer, clusters ...string) {
	var systems []string
	for _, name := range clusters {
		systems = append(systems, name+" "+m.Systems[name])
	}
	fmt.Fprintf(w, "%s; %d nodes each; %d CPUs; %s\n\n", strings.Join(systems, ", "), m.Nodes, m.CPUs, m.Go)
}

// report is the result of a comparison.
type report struct {
	Machine machine `json:"machine"`
	Cells   []cell  `json:"cells"`
}

func newReport(clusters []*deployment) *report { return &report{Machine: machineOf(clusters)} }

// ratio compares the first system's median rate with the second's, 0 where there is none.
func (c cell) ratio() float64 {
	if len(c.Results) != 2 || c.Results[1].PerSecond.Median == 0 {
		return 0
	}
	return c.Results[0].PerSecond.Median / c.Results[1].PerSecond.Median
}

func (r *report) print(w io.Writer) {
	if len(r.Cells) == 0 {
		return
	}
	var names []string
	for _, result := range r.Cells[0].Results {
		names = append(names, result.System)
	}
	r.Machine.print(w, names...)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "operation\tclients\tsystem\top/s min\tmedian\tmax\tp50 ms\tp99 ms\terrors\tratio\t")
	var remarks []string
	for _, c := range r.Cells {
		for i, result := range c.Results {
			ratio, mark := "", ""
			if i == 0 {
				ratio = fmt.Sprintf("%.2f", c.ratio())
			}
			if result.Errors > 0 {
				mark = " !"
				remarks = append(remarks, fmt.Sprintf("! %s, %s with %d clients, for example: %s", result.System, c.Operation, c.Clients, result.Example))
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t%d%s\t%s\t\n", c.Operation, c.Clients, result.System,
				result.PerSecond.Min, result.PerSecond.Median, result.PerSecond.Max, result.P50, result.P99, result.Errors, mark, ratio)
		}
	}
	_ = table.Flush() // a terminal that is gone reads no error either
	fmt.Fprintf(w, "\nratio: operations per second of %s, divided by those of %s\n", names[0], names[len(names)-1])
	for _, remark := range remarks {
		fmt.Fprintln(w, remark)
	}
}
