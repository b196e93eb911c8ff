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
		{"R2", Must, "every record has a key, once in a run", tryKeys},
		{"R3", Must, "documents are UTF-8 JSON that loses no number", tryJSON},
		{"R4", Should, "every stream yields a record, or says why not", tryYield},
		{"R5", Must, "the counts it tells are those of what it sent", tryCounts},
		{"R6", Must, "no record was changed in the future", onRecords(checkFuture)},
		{"R7", Must, "moments carry their time zone", onRecords(checkZone)},
		{"R8", Must, "a list that goes in circles or is empty is taken for what it is", tryPages},
		{"R9", Must, "an item on two pages is tolerated", tryTwicePaged},
		{"R10", Must, "an item that vanishes between list and detail is left out", onScenario(true, "vanished")},
		{"R11", Must, "an item that moves to another page is neither lost nor doubled", onScenario(true, "moved")},
		{"R12", Must, "fields that are not documented are passed over", tryNewFields},
		{"R13", Must, "a web page in the place of an answer is told, not read as empty", tryWebPage},
		{"R14", Must, "half an answer and a compressed bomb are refused", tryBadBodies},
		{"R15", Must, "a record that is too large is named, never dropped", tryLargeRecord},
		{"R16", Must, "no record and no batch exceeds the protocol's limits", tryBatches},
		{"R18", Must, "the secrets it was given appear nowhere", tryCanaries},
		{"R19", Must, "reading twice gives the same records with the same content", tryTwice},
		{"R21", Must, "a run without any fault reads every stream, and names what it cannot", tryFaultless},
	}
}

// onRecords makes a case of a check of every record of a complete run.
func onRecords(check func(s *connectorv1.Stream, r *connectorv1.Record) error) func(context.Context, *kit) error {
	return func(ctx context.Context, k *kit) error {
		o, err := k.complete(ctx)
		if err != nil {
			return err
		}
		var errs []error
		for _, described := range o.described.GetStreams() {
			for _, r := range o.stream(described.GetName()).committed {
				if err := check(described, r); err != nil && len(errs) < 5 {
					errs = append(errs, fmt.Errorf("stream %s, record %s: %w", described.GetName(), cut(r.GetKey()), err))
				}
			}
		}
		return errors.Join(errs...)
	}
}

func checkKind(s *connectorv1.Stream, r *connectorv1.Record) error {
	if r.GetRemoved() {
		return nil
	}
	return kind.Validate(kind.Kind(s.GetKind()), r.GetPayload())
}

func tryKeys(ctx context.Context, k *kit) error {
	o, err := k.complete(ctx)
	if err != nil {
		return err
	}
	for _, s := range o.each() {
		seen := map[string]bool{}
		for _, r := range s.committed {
			switch key := r.GetKey(); {
			case key == "" || len(key) > sdk.MaxKeyBytes || !utf8.ValidString(key):
				return fmt.Errorf("stream %s has the key %q, which is empty, longer than %d bytes or not UTF-8", s.name, cut(key), sdk.MaxKeyBytes)
			case seen[key] && !r.GetRemoved():
				return fmt.Errorf("stream %s sends record %s twice", s.name, key)
			default:
				seen[key] = !r.GetRemoved()
			}
		}
	}
	return nil
}

// tryJSON also looks for integers of the recording that floating point cannot
// hold: where one comes out rounded, somebody decoded it.
func tryJSON(ctx context.Context, k *kit) error {
	o, err := k.complete(ctx)
	if err != nil {
		return err
	}
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
				return fmt.Errorf("record %s holds %s where the system said %s", cut(r.GetKey()), other, digits)
			}
		}
	}
	return nil
}

func tryYield(ctx context.Context, k *kit) error {
	o, err := k.complete(ctx)
	if err != nil {
		return err
	}
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

func tryCounts(ctx context.Context, k *kit) error {
	o, err := k.complete(ctx)
	if err != nil {
		return err
	}
	for _, s := range o.each() {
		for _, c := range s.checkpoints {
			if c.GetRecords() != uint64(c.sent) {
				return fmt.Errorf("checkpoint %d of stream %s says %d records and follows %d", c.GetSequence(), s.name, c.GetRecords(), c.sent)
			}
		}
		if got := s.result.GetRecords(); got != uint64(len(s.committed)) {
			return fmt.Errorf("the result of stream %s says %d records of %d", s.name, got, len(s.committed))
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
	_ = json.Unmarshal(r.GetPayload(), &document) // R3 tells when it is none
	delete(document, "vendor")                    // the vendor's own words stay as they are
	rest, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	if bare := regexp.MustCompile(`"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"`).Find(rest); bare != nil {
		return fmt.Errorf("%s has no time zone", bare)
	}
	return nil
}

func tryBatches(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	if err := full.withinLimits(); err != nil || len(full.asked()) == 0 {
		return err
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{{Edit: func(_ replay.Request, body []byte) []byte {
		return editItems(body, func(all []any) []any {
			if len(all) > 100 {
				all = all[:100]
			}
			for i := range all {
				all[i] = pad(all[i], 100<<10)
			}
			return all
		})
	}}}})
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
				return fmt.Errorf("record %s has %d bytes, more than the %d that the host allows", cut(r.GetKey()), len(r.GetPayload()), sdk.MaxRecordBytes)
			}
		}
	}
	return nil
}

// tryCanaries lets the system repeat the secrets in its errors, and looks for them
// in every word and file of each run.
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
			break // nobody repeats anything to it
		}
	}
	return judge(errs...)
}

// free returns an error when a secret is in what was said or printed.
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
				return fmt.Errorf("the secret %q appears in what it says", name)
			}
		}
	}
	return nil
}

func tryTwice(ctx context.Context, k *kit) error {
	first, err := k.complete(ctx)
	if err != nil {
		return err
	}
	again, err := k.run(ctx, play{})
	if err != nil {
		return err
	}
	return again.same(first)
}

func tryFaultless(ctx context.Context, k *kit) error {
	o, err := k.once(ctx)
	if err != nil {
		return err
	}
	if len(o.missing) > 0 {
		return fmt.Errorf("it asks for %s, which the recording does not answer: record a complete run anew", o.missing[0])
	}
	if k.Fixture != nil && len(k.Fixture.Exchanges) > 0 && len(o.visits) == 0 {
		return errors.New("it sends no request through the host's proxy, where a contained connector finds its only way out")
	}
	for _, s := range o.each() {
		if s.gapped() && len(s.gaps) == 0 {
			return fmt.Errorf("stream %s has gaps and names none", s.name)
		}
	}
	return o.whole(o)
}
