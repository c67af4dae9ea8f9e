package nemesis

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// No schedule goes beyond these. The YAML parser's time grows with the square of the
// depth, and of the number of fields outside brackets, so they are bounded before it is
// called.
const (
	depthMax  = 4  // brackets within brackets
	columnMax = 64 // of a dash or a colon outside brackets, which bounds the depth there
	fieldsMax = 32 // of a step outside brackets
)

// shallow refuses text that is nested deeper than any schedule, and the parts of YAML
// that let a short text mean a long one.
func shallow(tokens token.Tokens) error {
	depth, fields := 0, 0
	for _, t := range tokens {
		line, block := t.Position.Line, false
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			block, fields = depth <= 0, 0
		case token.MappingValueType:
			block = depth <= 0
			if block {
				fields++
			}
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.MappingKeyType, token.TagType:
			return fmt.Errorf("line %d: %q is more YAML than a schedule knows: write the step out", line, t.Value)
		}
		if depth > depthMax || block && t.Position.Column > columnMax {
			return fmt.Errorf("line %d: it is nested deeper than a step: begin each step with a dash in the first column", line)
		}
		if fields > fieldsMax {
			return fmt.Errorf("line %d: no step has more than %d fields: begin each step with a dash", line, fieldsMax)
		}
	}
	return nil
}
