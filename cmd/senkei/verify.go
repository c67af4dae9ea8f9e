package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"senkei/checker"
	"senkei/checker/certificate"
	"senkei/checker/linearizable"
	"senkei/checker/verify"
	"senkei/harness"
	"senkei/history"
)

func verifyCommand() *cobra.Command {
	var from source
	cmd := &cobra.Command{
		Use:   "verify RUN|FILE CERTIFICATE",
		Short: "Check a certificate that `senkei check --certificate` wrote",
		Long: `Check that a certificate proves what it claims of a recorded run or a history file, without
searching: that each order is legal and complete, and that each core has no legal order.
The exit code is 0 if it holds, whatever it proves, 1 if it is rejected, 2 if it leaves
something unknown.`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			info, err := os.Stat(args[0])
			if err != nil {
				return usagef("%w; name a run directory such as store/latest, or a history file", err)
			}
			path := args[0]
			if info.IsDir() {
				path = harness.Dir(path).History()
			}
			h, err := from.read(cmd.Context(), path)
			if err != nil {
				return err
			}
			file, err := os.Open(args[1])
			if err != nil {
				return usagef("%w; name a certificate, which `senkei check --certificate FILE` writes", err)
			}
			defer file.Close()
			c, err := certificate.Decode(file, h)
			if err == nil {
				err = proves(h, c)
			}
			return tellProof(cmd.OutOrStdout(), h, c, err)
		},
	}
	from.flags(cmd)
	return cmd
}

// proves verifies a certificate by the model that it names.
func proves(h history.History, c certificate.Certificate) error {
	all := allModels()
	i := slices.IndexFunc(all, func(m specification) bool { return m.id == c.Model })
	if i < 0 {
		return fmt.Errorf("it names the model %q, which is none of %s", c.Model, list(all, func(m specification) string { return m.id }))
	}
	if !all[i].knows(h) {
		return fmt.Errorf("it is of a history of the model %s, and this is none", c.Model)
	}
	return all[i].verify(h, c)
}

// tellProof prints what a certificate proves, or why it does not, and returns the exit code.
func tellProof(out io.Writer, h history.History, c certificate.Certificate, err error) error {
	if errors.Is(err, verify.ErrTooLarge) {
		fmt.Fprintf(out, "\nUNKNOWN: of the certificate this cannot be verified, while all else holds: %v\n", err)
		return verdict(exitUnknown)
	}
	if err != nil {
		fmt.Fprintf(out, "\nREJECTED: the certificate proves nothing: %v\n", err)
		return verdict(exitInvalid)
	}
	counts, ordered := map[certificate.Status]int{}, 0
	for _, k := range c.Keys {
		counts[k.Status]++
		ordered += len(k.Order)
	}
	if len(c.Keys) > counts[certificate.Unknown] {
		fmt.Fprintf(out, "\nVERIFIED: the certificate holds, for the model %s\n", c.Model)
	} else {
		fmt.Fprintln(out, "\nUNKNOWN: the certificate claims nothing")
	}
	if n := counts[certificate.Valid]; n > 0 {
		fmt.Fprintf(out, "  valid: %s, %d operations in a legal order\n", keys(n), ordered)
	}
	for _, k := range c.Keys {
		if k.Status == certificate.Invalid {
			tellViolation(out, h, k)
		}
	}
	i := slices.IndexFunc(c.Keys, func(k certificate.Key) bool { return k.Status == certificate.Unknown })
	switch {
	case len(c.Keys) == 0:
		fmt.Fprintln(out, "  unknown: the history holds no operation")
	case i >= 0:
		say(out, "  unknown: %s; first%s: %s", keys(counts[certificate.Unknown]), onKey(c.Keys[i].Key), c.Keys[i].Reason)
	default:
		return nil
	}
	return verdict(exitUnknown)
}

// coreShown is the most operations of a core that are printed.
const coreShown = 20

func tellViolation(out io.Writer, h history.History, k certificate.Key) {
	v := k.Violation
	by := fmt.Sprintf("%d operations", len(v.Core))
	if len(v.Parts) > 0 {
		by = fmt.Sprintf("what %d operations did to %s", len(v.Core), history.Shorten(history.Escape(strings.Join(v.Parts, ", ")), sentenceRunes/2))
	}
	fmt.Fprintf(out, "  violation%s, proved by %s, as known at position %d:\n", onKey(k.Key), by, v.Cut)
	for i, id := range v.Core {
		if i == coreShown {
			fmt.Fprintf(out, "    … %d more\n", len(v.Core)-coreShown)
			break
		}
		op, _ := h.Ops[id].Within(v.Parts)
		if op.Complete > v.Cut {
			op.Outcome, op.Out = history.Unknown, history.Output{}
		}
		say(out, "    operation %d, process %d: %s", id, op.Process, history.Shorten(op.String(), sentenceRunes))
	}
}

// onKey names a key where there is one.
func onKey(key string) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf(" on key %s", history.ShowKey(key))
}

func keys(n int) string {
	if n == 1 {
		return "1 key"
	}
	return fmt.Sprintf("%d keys", n)
}

// certified writes the certificate of a result, if one is asked for.
func (j judging) certified(ctx context.Context, r harness.Result, m specification, h history.History) error {
	return j.certificate.Write(context.WithoutCancel(ctx), func(w io.Writer) error {
		return certificate.Encode(w, linearizable.Certify(m.id, h, part(r.Checks, m.property.Name())))
	})
}

// part returns the verdict of that checker among those that v merges.
func part(v checker.Verdict, name string) checker.Verdict {
	i := slices.IndexFunc(v.Parts, func(v checker.Verdict) bool { return v.Property == name && v.Parts != nil })
	if v.Property == name || i < 0 {
		return v
	}
	return v.Parts[i]
}
