package expression

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
)

// Vault is a text with secrets in it: texts and secrets alternate.
type Vault struct {
	Texts   []string // one more than secrets
	Secrets []*form.Setting
	Mixed   bool // an expression other than a setting is in it
}

// Secret reports whether the text holds a secret.
func (v Vault) Secret() bool { return len(v.Secrets) > 0 }

// Whole returns the secret that the text is, or nil.
func (v Vault) Whole() *form.Setting {
	if len(v.Secrets) == 1 && v.Texts[0] == "" && v.Texts[1] == "" && !v.Mixed {
		return v.Secrets[0]
	}
	return nil
}

// Vault reads a template of which settings may be secrets. With all, every setting in it is a secret.
func (s *Scene) Vault(text string, all bool) Vault {
	s.vaulted, s.joined = true, true
	found := Vault{Texts: []string{""}}
	for _, part := range Parse(text).Parts {
		if literal, ok := part.(jinja.Literal); ok {
			found.Texts[len(found.Texts)-1] += fmt.Sprint(literal.Value)
			continue
		}
		c := s.expr(part)
		secret := c.secret
		if all && secret == nil {
			if path, _ := SettingPath(part); path != nil {
				if secret = s.Form.Find(path); secret != nil && secret.Kind == "string" && len(secret.Choices) == 0 {
					secret.Secret, secret.Value, secret.Format = true, nil, ""
				}
			}
		}
		if secret == nil {
			if len(s.secrets) > len(found.Secrets) {
				fail("a secret is part of a computation (%s)", Shorten(text))
			}
			found.Mixed = true
			continue
		}
		found.Secrets, found.Texts = append(found.Secrets, secret), append(found.Texts, "")
	}
	return found
}

// SecretIn returns the secret that a template is, or nil.
func (s *Scene) SecretIn(text string) *form.Setting {
	s.vaulted = true
	whole, ok := Parse(text).Whole()
	if !ok {
		return nil
	}
	return s.expr(whole).secret
}
