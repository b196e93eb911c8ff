package sdk

import (
	"google.golang.org/protobuf/encoding/protowire"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// batch holds encoded records that wait to be sent. Its buffer is reused for the next batch.
// Separate messages would allocate memory for each record.
type batch struct {
	records []byte // the field "records" of a Batch, once per record
	size    int    // of the records, as the limits count it
}

// The field numbers of connector.proto that add writes.
const (
	batchRecords  = 3
	recordKey     = 1
	recordPayload = 2
)

// sizeOf is the size of a record as the limits count it: its text and a generous envelope.
func sizeOf(key string, payload []byte) int { return len(key) + len(payload) + 32 }

// add appends a record and keeps no reference to it. Rest holds its other fields, encoded, and
// is mostly empty.
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

// message returns the batch as a message that is valid until clear: gRPC has written it when
// Send returns, and the server has no stats handler or trace that reads messages later. The
// encoded records are set as unknown fields, which protobuf sends unchanged; the receiver
// decodes them as records.
func (b *batch) message(stream string, number uint64) *connectorv1.SyncResponse {
	m := &connectorv1.Batch{Stream: stream, Number: number}
	m.ProtoReflect().SetUnknown(b.records)
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: m}}
}

// clear drops the records and keeps the buffer.
func (b *batch) clear() { b.records, b.size = b.records[:0], 0 }
