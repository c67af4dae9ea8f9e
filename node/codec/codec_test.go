package codec

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

type inner struct {
	Text string `cbor:"1,keyasint,omitempty"`
}

type outer struct {
	Number uint64  `cbor:"1,keyasint"`
	Inner  *inner  `cbor:"2,keyasint,omitempty"`
	Bytes  []byte  `cbor:"3,keyasint,omitempty"`
	Inners []inner `cbor:"4,keyasint,omitempty"`
}

func TestAValueReadsBackAndHasOneEncoding(t *testing.T) {
	v := outer{Number: 7, Inner: &inner{Text: "x"}, Bytes: []byte{1}, Inners: []inner{{"a"}, {"b"}}}
	var back outer
	require.NoError(t, Unmarshal(Marshal(v), &back))
	require.Equal(t, v, back)
	require.Equal(t, Marshal(v), Marshal(back))
}

func TestWhatMarshalWouldNotWriteIsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":               {},
		"a cut-off value":       Marshal(outer{Number: 1000})[:3],
		"bytes left over":       append(Marshal(outer{}), 0),
		"a field twice":         {0xa2, 0x01, 0x01, 0x01, 0x02},
		"an unknown field":      {0xa1, 0x18, 0x63, 0x01},
		"a tag":                 {0xa1, 0x01, 0xc1, 0x01},
		"an indefinite length":  {0xbf, 0x01, 0x01, 0xff},
		"seventeen levels":      append(append([]byte{0xa1, 0x02}, bytes.Repeat([]byte{0x81}, 16)...), 0x01),
		"text where bytes were": {0xa1, 0x03, 0x61, 0x78},
	} {
		require.Error(t, Unmarshal(data, new(outer)), name)
	}
}

func TestATypeThatCannotBeEncodedIsAMistakeOfTheProgram(t *testing.T) {
	require.Panics(t, func() { Marshal(make(chan int)) })
}
