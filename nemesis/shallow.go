package nemesis

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// No schedule goes beyond these. The YAML parser's time and stack grow with the square
// of the depth and of the number of fields, so they are bounded before it is called.
const (
	depthMax  = 4  // brackets within brackets
	columnMax = 64 // of a dash or a colon outside brackets: a bound of the depth there
	fieldsMax = 32 // of one step
)

// shallow refuses text that is nested deeper than any schedule, and the parts of YAML
// that let a short text mean a long one.
func shallow(tokens token.Tokens) error {
	depth, fields := 0, 0
	for _, t := range tokens {
		line, column := t.Position.Line, t.Position.Column
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			fields = 0
		case token.MappingValueType:
			fields++
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.MappingKeyType, token.TagType:
			return fmt.Errorf("line %d: %q is more YAML than a schedule knows: write the step out", line, t.Value)
		default:
			continue
		}
		tooFar := depth == 0 && column > columnMax && (t.Type == token.SequenceEntryType || t.Type == token.MappingValueType)
		if depth > depthMax || tooFar {
			return fmt.Errorf("line %d: it is nested deeper than a step: begin each step with a dash in the first column", line)
		}
		if fields > fieldsMax {
			return fmt.Errorf("line %d: no step has more than %d fields: begin each step with a dash", line, fieldsMax)
		}
	}
	return nil
}
