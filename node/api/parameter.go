package api

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"senkei/node/kv"
	"senkei/node/replica"
)

// The parameters that each kind of request may have in its query.
var (
	ofWrites = []string{"forward"}
	ofReads  = []string{"consistency", "forward"}
	ofRanges = []string{"prefix", "from", "to", "limit", "consistency", "forward"}
)

// parameter is what the query of a request says.
type parameter struct {
	consistency replica.Consistency
	forward     bool
	span        span
}

// span is a range of keys as people write it: a prefix, or from and to.
type span struct {
	Prefix *string `json:"prefix,omitempty"`
	From   *string `json:"from,omitempty"`
	To     *string `json:"to,omitempty"`
	Limit  int     `json:"limit,omitempty"`
}

func (s span) query() (kv.Query, error) {
	q := kv.Query{Range: true}
	switch {
	case s.Prefix != nil && (s.From != nil || s.To != nil):
		return q, errors.New("a range has either a prefix, or from and to")
	case s.Prefix != nil:
		q = kv.Prefix(*s.Prefix)
	default:
		if s.From != nil {
			q.Key = *s.From
		}
		if s.To != nil {
			q.End = *s.To
		}
	}
	q.Limit = s.Limit
	return q, nil
}

// parameters reads the query. What it does not know it refuses, lest a misspelt consistency
// be taken for the default.
func parameters(r *http.Request, known []string) (p parameter, refusal *Error) {
	if r.URL.RawQuery == "" {
		return p, nil
	}
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if len(known) == 0 {
			return p, refuse(replica.Invalid, "this request has no query, but %q stands there", name)
		}
		if !slices.Contains(known, name) {
			return p, refuse(replica.Invalid, "the query of this request knows %s, not %q", strings.Join(known, ", "), name)
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			return p, refuse(replica.Invalid, "the query is not escaped correctly: %v", err)
		}
		if refusal := p.set(name, value); refusal != nil {
			return p, refusal
		}
	}
	return p, nil
}

func (p *parameter) set(name, value string) *Error {
	switch name {
	case "consistency":
		for _, c := range []replica.Consistency{replica.Linearizable, replica.Lease, replica.Stale} {
			if value == c.String() {
				p.consistency = c
				return nil
			}
		}
		return refuse(replica.Invalid, "the consistency is linearizable, lease or stale, not %q", value)
	case "forward":
		if p.forward = value == "true"; !p.forward && value != "false" {
			return refuse(replica.Invalid, "forward is true or false, not %q", value)
		}
	case "prefix":
		p.span.Prefix = new(value)
	case "from":
		p.span.From = new(value)
	case "to":
		p.span.To = new(value)
	case "limit":
		limit, err := strconv.Atoi(value)
		if err != nil || limit < 1 {
			return refuse(replica.Invalid, "the limit is a number from 1, not %q", value)
		}
		p.span.Limit = limit
	}
	return nil
}

// label is how an answer is marked that need not be linearizable.
func label(c replica.Consistency) string {
	if c == replica.Linearizable {
		return ""
	}
	return c.String()
}
