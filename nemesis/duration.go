package nemesis

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Duration is a field of a fault that files write as 250ms, or -2s.
type Duration time.Duration

// String returns for instance "250ms".
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText returns for instance "250ms".
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML reads what time.ParseDuration does. What is too long is for the fault to say.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	var text string
	if err := yaml.NodeToValue(n, &text); err != nil {
		return err
	}
	parsed, err := parseTime(text)
	*d = Duration(parsed)
	return err
}

func parseTime(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not a time with its unit, such as 3s or 250ms", text)
	}
	return d, nil
}
