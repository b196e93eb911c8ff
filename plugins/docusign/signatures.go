package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// envelopeRows is the size of a page of envelopes. They come with all their recipients, so a page is much larger than one
// of users.
const envelopeRows = 200

// signing are the members of an envelope's recipients who sign. All others only receive, edit or certify.
func signing() []string { return []string{"signers", "inPersonSigners", "notaries", "witnesses"} }

// envelope are the fields of an envelope that a record has.
type envelope struct {
	ID           text                       `json:"envelopeId"`
	Status       text                       `json:"status"`
	Subject      text                       `json:"emailSubject"`
	Sent         text                       `json:"sentDateTime"`
	VoidedReason text                       `json:"voidedReason"`
	Recipients   map[string]json.RawMessage `json:"recipients"`
}

// recipient are the fields of a recipient that a record has.
type recipient struct {
	GUID   text `json:"recipientIdGuid"`
	ID     text `json:"recipientId"`
	Name   text `json:"name"`
	Email  text `json:"email"`
	Signer text `json:"signerName"`  // who signs in person
	Mail   text `json:"signerEmail"` // of that one
	Status text `json:"status"`
	Sent   text `json:"sentDateTime"`
	Signed text `json:"signedDateTime"`
}

// readSignatureStream sends a signature for each signer of each envelope. Envelopes that were created later are at the
// end of the list, so that it does not move.
func readSignatureStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(ctx, s)
	if err != nil {
		return err
	}
	list := a.listing(signature, "envelopes", envelopeRows, url.Values{
		"from_date": {a.settings.Since}, "include": {"recipients"}, "order_by": {"created"}, "order": {"asc"},
	})
	list.Key = func(row json.RawMessage) string {
		var e struct {
			ID text `json:"envelopeId"`
		}
		_ = json.Unmarshal(row, &e) // what has another form has no id
		return string(e.ID)
	}
	list.Put = func(row json.RawMessage) error { return sendSignatures(out, row) }
	return list.Read(ctx, out)
}

// sendSignatures sends the signatures of an envelope. A draft has none yet.
func sendSignatures(out *sdk.Output, raw json.RawMessage) error {
	var e envelope
	_ = json.Unmarshal(raw, &e) // what has another form stays empty
	switch {
	case e.ID == "":
		out.Gap("envelopes without an id", sdk.Errorf(sdk.CodeSchemaKeyMissing, "an envelope has no id"))
		return nil
	case e.Status == "created", e.Status == "template":
		return nil
	case e.Recipients == nil:
		out.Gap("recipients of envelope "+string(e.ID), sdk.Errorf(sdk.CodeUpstreamInvalidResponse,
			"Docusign does not name the recipients of the envelope %s", e.ID))
		return nil
	}
	for _, role := range signing() {
		var all []json.RawMessage
		_ = json.Unmarshal(e.Recipients[role], &all) // most envelopes have only some roles
		for _, one := range all {
			key, record := toSignature(e, raw, role, one)
			if err := out.PutOrGap(key, record); err != nil {
				return err
			}
		}
	}
	return nil
}

// toSignature converts a signer of an envelope.
func toSignature(e envelope, whole json.RawMessage, role string, raw json.RawMessage) (string, kind.Signature) {
	var r recipient
	_ = json.Unmarshal(raw, &r) // what has another form stays empty
	key := ""
	if id := cmp.Or(r.GUID, r.ID); id != "" {
		key = string(e.ID + "/" + id)
	}
	document := field.Pick(whole, "envelopeId", "status", "emailSubject", "createdDateTime", "sentDateTime", "completedDateTime",
		"declinedDateTime", "voidedDateTime", "voidedReason", "expireEnabled", "sender")
	var sender map[string]any
	if raw, has := document["sender"].(json.RawMessage); has && json.Unmarshal(raw, &sender) == nil && sender != nil {
		document["sender"] = map[string]any{"userName": sender["userName"], "email": sender["email"]}
	}
	signer := field.Pick(raw, "recipientId", "recipientIdGuid", "name", "email", "signerName", "signerEmail", "roleName",
		"routingOrder", "status", "sentDateTime", "deliveredDateTime", "signedDateTime", "declinedDateTime", "declinedReason")
	signer["role"] = strings.TrimSuffix(role, "s")
	document["recipient"] = signer
	record := kind.Signature{
		ExternalID: key, Document: string(e.Subject), SignerName: string(cmp.Or(r.Signer, r.Name)),
		SignerEmail: string(cmp.Or(r.Mail, r.Email)), Status: signatureStatus(e, r.Status), SentAt: moment(r.Sent),
		Vendor: field.Encode(document),
	}
	if record.Status == "signed" {
		record.SignedAt = moment(r.Signed)
	}
	return key, record
}

// signatureStatus says how far a signer is. What was signed stays signed when the envelope ends otherwise. An envelope
// that ran out is voided by Docusign.
func signatureStatus(e envelope, status text) kind.Word {
	switch state := strings.ToLower(string(status)); {
	case state == "completed", state == "signed":
		return "signed"
	case state == "declined":
		return "declined"
	case strings.EqualFold(string(e.Status), "timedout"), voided(e) && strings.Contains(strings.ToLower(string(e.VoidedReason)), "expired"):
		return "expired"
	case voided(e):
		return "voided"
	case state == "delivered":
		return "viewed"
	case state == "sent":
		return "sent"
	}
	return "unknown" // created: it is not this signer's turn; autoresponded: the mail did not arrive
}

func voided(e envelope) bool {
	return slices.Contains([]string{"voided", "deleted"}, strings.ToLower(string(e.Status)))
}
