package extending

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"senkei/history"
	"senkei/history/formats"
)

// CSV is a file format: a line "process,type,f,key,value" an event, where no value is empty.
var CSV = formats.Format{
	Name: "csv", Summary: "process,type,f,key,value",
	Begins: func(head string) bool { return strings.HasPrefix(head, "process,type,f,key,value") },
	Decode: decodeCSV, Encode: encodeCSV,
}

func decodeCSV(r io.Reader, o formats.Options) (history.History, error) {
	in, events := csv.NewReader(r), history.NewAssembler(o.Options)
	in.FieldsPerRecord = 5
	for header := true; ; header = false {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return events.History()
		}
		line, _ := in.FieldPos(0)
		if err != nil {
			return history.History{}, history.Wrong(line, "%v; write process,type,f,key,value", err)
		}
		if header {
			continue
		}
		value, err := history.ParseValue([]byte(fields[4]))
		if err != nil {
			return history.History{}, history.Wrong(line, "value %.40q: %v; write JSON", fields[4], err)
		}
		e := history.Event{Client: fields[0], Type: fields[1], F: fields[2], Key: fields[3], Value: cmp.Or(value, "null")}
		if err := events.Add(line, e); err != nil { // which knows all other rules of a history
			return history.History{}, err
		}
	}
}

func encodeCSV(w io.Writer, h history.History) error {
	events, err := h.Events()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"process", "type", "f", "key", "value"}) // errors come out of Flush
	for _, e := range events {
		_ = out.Write([]string{fmt.Sprint(*e.Process), e.Type, e.F, e.Key, string(e.Value)})
	}
	out.Flush()
	return out.Error()
}
