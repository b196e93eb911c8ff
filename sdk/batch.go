package sdk

import (
	"google.golang.org/protobuf/encoding/protowire"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// batch is records that wait to be sent. They wait as they go over the wire, in
// room that is used again for the next batch: as messages of their own they would
// all be allocated, only to be written and thrown away.
type batch struct {
	records []byte // the field "records" of a Batch, once per record
	size    int    // what the records count against the limits
}

// The numbers of the fields in connector.proto that are written here.
const (
	batchRecords  = 3
	recordKey     = 1
	recordPayload = 2
)

// sizeOf is what a record counts: its text, and the envelope generously.
func sizeOf(key string, payload []byte) int { return len(key) + len(payload) + 32 }

// add appends a record and keeps nothing of it. Rest is what else is said of it,
// as the wire has it; mostly nothing.
func (b *batch) add(key string, payload, rest []byte) {
	size := protowire.SizeTag(recordKey) + protowire.SizeBytes(len(key)) + len(rest)
	if payload != nil {
		size += protowire.SizeTag(recordPayload) + protowire.SizeBytes(len(payload))
	}
	out := protowire.AppendTag(b.records, batchRecords, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(size))
	out = protowire.AppendTag(out, recordKey, protowire.BytesType)
	out = protowire.AppendString(out, key)
	if payload != nil {
		out = protowire.AppendTag(out, recordPayload, protowire.BytesType)
		out = protowire.AppendBytes(out, payload)
	}
	b.records = append(out, rest...)
	b.size += sizeOf(key, payload)
}

// message returns the batch as a message that is good until clear: gRPC has
// written it when Send returns, and nothing that looks at messages later, a stats
// handler or a trace, is ever given to the server. What is written already goes in
// as a field that protobuf was not told of: such a field is sent as it is, and who
// receives it knows it.
func (b *batch) message(stream string, number uint64) *connectorv1.SyncResponse {
	m := &connectorv1.Batch{Stream: stream, Number: number}
	m.ProtoReflect().SetUnknown(b.records)
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: m}}
}

// clear forgets the records and keeps their room.
func (b *batch) clear() { b.records, b.size = b.records[:0], 0 }
