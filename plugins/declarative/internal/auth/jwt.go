package auth

import (
	"context"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/oauth"
)

// statement returns a signed statement (RFC 7523). Where the issuer or the subject is not
// given, it is the client itself.
func (s *Signer) statement(ctx context.Context, way *plan.OAuth2, client sdk.Secret, address string) (sdk.Secret, error) {
	j := way.JWT
	key, err := oauth.Key(s.caller.Session, j.Key)
	if err != nil {
		return sdk.Secret{}, err
	}
	signed := oauth.Statement{Key: key, Lifetime: j.Lifetime, Claims: map[string]any{}, Issuer: client.Reveal(), Audience: address}
	if way.File.Grant != "jwt_bearer" {
		signed.Subject = client.Reveal()
	}
	more, err := fields(ctx, j.Claims, s.caller.Scope)
	if err != nil {
		return sdk.Secret{}, sdk.ConfigInvalid("", "the statement cannot be built: %s", err.Error())
	}
	for name, value := range more {
		signed.Claims[name] = value
	}
	if kid, ok := signed.Claims["kid"].(string); ok { // it belongs in the header
		signed.KeyID = kid
		delete(signed.Claims, "kid")
	}
	for text, into := range map[*plan.Text]*string{
		&j.Issuer: &signed.Issuer, &j.Subject: &signed.Subject, &j.Audience: &signed.Audience, &j.KeyID: &signed.KeyID,
	} {
		if !text.Set() {
			continue
		}
		if *into, err = text.In(ctx, s.caller.Scope); err != nil {
			return sdk.Secret{}, sdk.ConfigInvalid("", "the statement cannot be built: %s", err.Error())
		}
	}
	return signed.Sign()
}
