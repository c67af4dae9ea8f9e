package bugs

import (
	"bufio"
	"embed"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

//go:embed *.patch
var patches embed.FS

// Bug is one entry of the catalogue: the fields that head its patch file, and the patch.
type Bug struct {
	Name     string // that of the patch file, without .patch
	Wrong    string // what the node does wrong
	SeenIn   string // which real systems did so
	Symptom  string // what a client, or an operator, notices
	Schedule string // the smallest one known to show it
	FoundBy  string // the checker that must find it

	files []*gitdiff.File
}

// All returns the catalogue, ordered by name. An error is a patch file that is not what
// it should be.
func All() ([]Bug, error) {
	entries, err := patches.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []Bug
	for _, entry := range entries { // ReadDir sorts
		text, err := patches.ReadFile(entry.Name())
		if err != nil {
			return nil, err
		}
		bug, err := parse(strings.TrimSuffix(entry.Name(), ".patch"), string(text))
		if err != nil {
			return nil, fmt.Errorf("read the patch %s: %w", entry.Name(), err)
		}
		all = append(all, bug)
	}
	return all, nil
}

// Get returns the bug with this name. If there is none the error names those there are.
func Get(name string) (Bug, error) {
	all, err := All()
	if err != nil {
		return Bug{}, err
	}
	var names []string
	for _, bug := range all {
		if bug.Name == name {
			return bug, nil
		}
		names = append(names, bug.Name)
	}
	return Bug{}, fmt.Errorf("there is no bug %q; the catalogue holds %s", name, strings.Join(names, ", "))
}

// parse reads a patch file: fields as in a mail's header, each exactly once, an empty
// line, and a diff as git writes it that changes existing files.
func parse(name, text string) (Bug, error) {
	head, diff, ok := strings.Cut(text, "\n\n")
	if !ok {
		return Bug{}, fmt.Errorf("no empty line follows the header")
	}
	fields, err := textproto.NewReader(bufio.NewReader(strings.NewReader(head + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		return Bug{}, fmt.Errorf("header: %w", err)
	}
	bug := Bug{}
	for field, into := range map[string]*string{
		"Name": &bug.Name, "Wrong": &bug.Wrong, "Seen-In": &bug.SeenIn,
		"Symptom": &bug.Symptom, "Schedule": &bug.Schedule, "Found-By": &bug.FoundBy,
	} {
		if len(fields[field]) != 1 || fields[field][0] == "" {
			return Bug{}, fmt.Errorf("the header needs the field %s once", field)
		}
		*into = fields[field][0]
		delete(fields, field)
	}
	if len(fields) > 0 {
		return Bug{}, fmt.Errorf("the header has fields that mean nothing: %v", fields)
	}
	if bug.Name != name {
		return Bug{}, fmt.Errorf("it is called %q inside", bug.Name)
	}
	if !strings.HasPrefix(diff, "diff --git a/") {
		return Bug{}, fmt.Errorf("no diff in git's format follows the header")
	}
	bug.files, _, err = gitdiff.Parse(strings.NewReader(diff))
	if err != nil {
		return Bug{}, err
	}
	changesNothing := func(f *gitdiff.File) bool {
		return f.IsNew || f.IsDelete || f.IsRename || f.IsCopy || f.IsBinary || len(f.TextFragments) == 0
	}
	if slices.ContainsFunc(bug.files, changesNothing) {
		return Bug{}, fmt.Errorf("it must change lines of existing files and do nothing else")
	}
	return bug, nil
}
