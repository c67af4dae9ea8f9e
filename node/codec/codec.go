// Package codec is the node's one dialect of CBOR (RFC 8949), for the log, the disk and
// the wire: the same bytes for the same value, and on the way in nothing that the way out
// would not write. It knows no message and checks no sizes beyond those of CBOR itself:
// callers bound the bytes before they decode. Start at Marshal and Unmarshal.
package codec

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Bounds of what Unmarshal accepts.
const (
	nestedLevelsMax  = 16
	arrayElementsMax = 1 << 20
	mapPairsMax      = 64
)

var (
	encoding = must(cbor.CoreDetEncOptions().EncMode())
	decoding = must(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   nestedLevelsMax,
		MaxArrayElements:  arrayElementsMax,
		MaxMapPairs:       mapPairsMax,
	}.DecMode())
)

// Marshal returns the encoding of v, a struct of scalars, texts, byte strings and slices
// or structs of these. It panics for a type that CBOR cannot hold.
func Marshal(v any) []byte { return must(encoding.Marshal(v)) }

// Unmarshal decodes exactly one value into the struct that into points to. Duplicate or
// unknown fields, tags, indefinite lengths and bytes left over are errors.
func Unmarshal(data []byte, into any) error { return decoding.Unmarshal(data, into) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("codec: %v", err))
	}
	return v
}
