package conform

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// readCases are about the records.
func readCases() []Case {
	return []Case{
		{"R1", Must, "every record is a valid document of its stream's kind", onRecords(checkKind)},
		{"R2", Must, "every record has a key, once in a run", onOutcome(tryKeys)},
		{"R3", Must, "documents are UTF-8 JSON that loses no number", onComplete(tryJSON)},
		{"R4", Should, "every stream yields a record, or expect.json says why not", onComplete(tryYield)},
		{"R5", Must, "its counts are those of the records it sent", onOutcome(tryCounts)},
		{"R6", Must, "no record was changed in the future", onRecords(checkFuture)},
		{"R7", Must, "moments have a time zone", onRecords(checkZone)},
		{"R8", Must, "it recognizes an empty list and one that repeats its first page", tryPages},
		{"R9", Must, "an item on two pages is tolerated", onRequests(tryTwicePaged)},
		{"R10", Must, "an item that vanishes between list and detail is left out", onScenario(true, "vanished")},
		{"R11", Must, "an item that moves to another page is neither lost nor doubled", onScenario(true, "moved")},
		{"R12", Must, "it ignores fields that are not documented", onRequests(tryNewFields)},
		{"R13", Must, "a web page instead of an answer is an error, not an empty list", tryWebPage},
		{"R14", Must, "half an answer and a compressed bomb are refused", onRequests(tryBadBodies)},
		{"R15", Must, "a record that is too large is named, never dropped", onRequests(tryLargeRecord)},
		{"R16", Must, "no record and no batch exceeds the protocol's limits", onComplete(tryBatches)},
		{"R18", Must, "the secrets it was given appear nowhere", tryCanaries},
		{"R19", Must, "reading twice gives the same records with the same content", onComplete(alike(play{}))},
		{"R21", Must, "a run without faults reads every stream, and names what it cannot read", tryFaultless},
	}
}

// onRecords makes a case of a check of every record of a complete run.
func onRecords(check func(s *connectorv1.Stream, r *connectorv1.Record) error) func(context.Context, *kit) error {
	return onOutcome(func(o *outcome) error {
		var errs []error
		for _, described := range o.described.GetStreams() {
			for _, r := range o.stream(described.GetName()).committed {
				if err := check(described, r); err != nil && len(errs) < 5 {
					errs = append(errs, fmt.Errorf("stream %s, record %s: %w", described.GetName(), cut(r.GetKey()), err))
				}
			}
		}
		return errors.Join(errs...)
	})
}

func checkKind(s *connectorv1.Stream, r *connectorv1.Record) error {
	if r.GetRemoved() {
		return nil
	}
	return kind.Validate(kind.Kind(s.GetKind()), r.GetPayload())
}

func tryKeys(o *outcome) error {
	for _, s := range o.each() {
		seen := map[string]bool{}
		for _, r := range s.committed {
			switch key := r.GetKey(); {
			case key == "" || len(key) > sdk.MaxKeyBytes || !utf8.ValidString(key):
				return fmt.Errorf("stream %s has the key %q, which is empty, longer than %d bytes or not UTF-8",
					s.name, cut(key), sdk.MaxKeyBytes)
			case seen[key] && !r.GetRemoved():
				return fmt.Errorf("stream %s sends record %s twice", s.name, key)
			default:
				seen[key] = !r.GetRemoved()
			}
		}
	}
	return nil
}

// tryJSON also searches for integers of the recording that floating point cannot hold. A
// rounded one shows that the connector decoded it.
func tryJSON(_ context.Context, k *kit, o *outcome) error {
	rounded := map[string]string{}
	if k.Fixture != nil {
		for _, e := range k.Fixture.Exchanges {
			for _, digits := range regexp.MustCompile(`[^\d.\w"]\d{16,19}[^\d.\w"]`).FindAllString(string(e.JSON), -1) {
				digits = digits[1 : len(digits)-1]
				f, _ := strconv.ParseFloat(digits, 64)
				if other := strconv.FormatFloat(f, 'f', 0, 64); other != digits {
					rounded[other] = digits
				}
			}
		}
	}
	for _, r := range o.records() {
		payload := r.GetPayload()
		var object map[string]json.RawMessage
		if !r.GetRemoved() && (!utf8.Valid(payload) || json.Unmarshal(payload, &object) != nil) {
			return fmt.Errorf("record %s is no JSON object in UTF-8: %s", cut(r.GetKey()), cut(string(payload)))
		}
		for other, digits := range rounded {
			exponent, _ := strconv.ParseFloat(other, 64)
			if bytes.Contains(payload, []byte(other)) || bytes.Contains(payload, []byte(strconv.FormatFloat(exponent, 'g', -1, 64))) {
				return fmt.Errorf("record %s holds %s where the answer has %s", cut(r.GetKey()), other, digits)
			}
		}
	}
	return nil
}

func tryYield(_ context.Context, k *kit, o *outcome) error {
	var errs []error
	for _, s := range o.each() {
		excuse := ""
		if k.Fixture != nil {
			excuse = k.Fixture.Expect.Streams[s.name].Empty
		}
		if len(s.committed) == 0 && !s.skipped && excuse == "" {
			errs = append(errs, fmt.Errorf("stream %s has no record in the recording, and expect.json does not say why it is empty", s.name))
		}
	}
	return errors.Join(errs...)
}

func tryCounts(o *outcome) error {
	for _, s := range o.each() {
		for _, c := range s.checkpoints {
			if c.GetRecords() != uint64(c.sent) {
				return fmt.Errorf("checkpoint %d of stream %s counts %d records and follows %d",
					c.GetSequence(), s.name, c.GetRecords(), c.sent)
			}
		}
		if got := s.result.GetRecords(); got != uint64(len(s.committed)) {
			return fmt.Errorf("the result of stream %s counts %d records of %d", s.name, got, len(s.committed))
		}
	}
	return nil
}

func checkFuture(_ *connectorv1.Stream, r *connectorv1.Record) error {
	if at := r.GetSourceUpdatedAt(); at != nil && at.AsTime().After(time.Now().Add(2*time.Minute)) {
		return fmt.Errorf("it was changed at %s", at.AsTime().Format(time.RFC3339))
	}
	return nil
}

func checkZone(_ *connectorv1.Stream, r *connectorv1.Record) error {
	var document map[string]json.RawMessage
	_ = json.Unmarshal(r.GetPayload(), &document) // R3 reports a document that is not JSON
	delete(document, "vendor")                    // the vendor's own document may hold anything
	rest, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	if bare := regexp.MustCompile(`"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"`).Find(rest); bare != nil {
		return fmt.Errorf("%s has no time zone", bare)
	}
	return nil
}

func tryBatches(ctx context.Context, k *kit, full *outcome) error {
	if err := full.withinLimits(); err != nil || len(full.asked()) == 0 {
		return err
	}
	o, err := k.run(ctx, under(edited(func(all []any) []any {
		all = all[:min(len(all), 100)]
		for i := range all {
			all[i] = pad(all[i], 100<<10)
		}
		return all
	})))
	if err != nil {
		return err
	}
	return o.withinLimits()
}

func (o *outcome) withinLimits() error {
	for _, m := range o.messages {
		if b := m.GetBatch(); b != nil && proto.Size(b) > sdk.MaxBatchBytes {
			return fmt.Errorf("a batch of stream %s has %d bytes, more than %d", b.GetStream(), proto.Size(b), sdk.MaxBatchBytes)
		}
		for _, r := range m.GetBatch().GetRecords() {
			if len(r.GetPayload()) > sdk.MaxRecordBytes {
				return fmt.Errorf("record %s has %d bytes, more than the %d that the host allows",
					cut(r.GetKey()), len(r.GetPayload()), sdk.MaxRecordBytes)
			}
		}
	}
	return nil
}

// tryCanaries makes the system repeat the secrets in its errors, and searches the output of
// each run for them.
func tryCanaries(ctx context.Context, k *kit) error {
	given := k.Secrets
	if len(given) == 0 {
		return notTried("it is given no secrets")
	}
	echo := func(status int) []replay.Fault {
		said := "you sent"
		for _, value := range given {
			said += " " + value
		}
		body, _ := json.Marshal(map[string]string{"error": said, "message": said})
		return []replay.Fault{{Status: status, Body: string(body), Header: map[string]string{"X-Request-Id": said}}}
	}
	var errs []error
	for _, faults := range [][]replay.Fault{nil, echo(400), echo(401), echo(403), {{Truncate: true}}} {
		o, err := k.run(ctx, play{faults: faults})
		if err == nil {
			err = o.free(given)
		}
		errs = append(errs, err)
		if faults != nil && err == nil && len(o.asked()) == 0 {
			break // it sends no request, so nothing repeats the secrets to it
		}
	}
	return judge(errs...)
}

// free returns an error when a secret is in a message or in stderr.
func (o *outcome) free(secrets map[string]string) error {
	for name, value := range secrets {
		if len(value) < 6 {
			continue // would be found by chance
		}
		quoted, _ := json.Marshal(value)
		for _, form := range []string{
			value, url.QueryEscape(value), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
		} {
			if o.holds([]byte(form)) {
				return fmt.Errorf("the secret %q appears in its messages or on stderr", name)
			}
		}
	}
	return nil
}

func tryFaultless(ctx context.Context, k *kit) error {
	o, err := k.once(ctx)
	if err != nil {
		return err
	}
	if len(o.missing) > 0 {
		return fmt.Errorf("it sends %s, which the recording does not answer: record a complete run again", o.missing[0])
	}
	if k.Fixture != nil && len(k.Fixture.Exchanges) > 0 && len(o.visits) == 0 {
		return errors.New("it sends no request through the host's proxy, and a contained connector has no other way out")
	}
	for _, s := range o.each() {
		if s.gapped() && len(s.gaps) == 0 {
			return fmt.Errorf("stream %s has gaps and names none", s.name)
		}
	}
	return o.whole(o)
}
