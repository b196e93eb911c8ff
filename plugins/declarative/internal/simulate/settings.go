package simulate

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
)

// Settings returns made-up settings and secrets for a plan, of the forms that it needs.
func Settings(p *plan.Plan) (settings map[string]any, secrets map[string]string, err error) {
	settings, secrets = map[string]any{}, map[string]string{}
	keys := keysOf(p.Auth)
	for _, s := range p.File.Settings {
		switch {
		case s.Secret && keys[s.Name]:
			if secrets[s.Name], err = privateKey(); err != nil {
				return nil, nil, err
			}
		case s.Secret:
			secrets[s.Name] = "made-up-" + strings.ReplaceAll(s.Name, "_", "-") + "-0123456789"
		default:
			settings[s.Name] = madeUp(p.File, s)
		}
	}
	Shorten(p, settings)
	return settings, secrets, nil
}

// Shorten makes whole numbers larger while that makes a list of each shorter, such as one that has a
// span of so many days in each item.
func Shorten(p *plan.Plan, settings map[string]any) {
	for _, stream := range p.Streams {
		if stream.Each == nil || stream.Each.Of != nil || !stream.Each.In.Set() {
			continue
		}
		length := func() int {
			value, err := stream.Each.In.Value(context.Background(), plan.Scope{"settings": settings})
			list, _ := value.([]any)
			if err != nil {
				return 0
			}
			return len(list)
		}
		for name, value := range settings {
			number, err := strconv.Atoi(fmt.Sprint(value))
			for long := length(); err == nil && number > 0 && long > rows; {
				settings[name] = int64(number * 4)
				if now := length(); now == 0 || now >= long {
					settings[name] = value
					break
				}
				number, value, long = number*4, settings[name], length()
			}
		}
	}
}

func madeUp(f *file.File, s file.Setting) any {
	mentions := func(text string) bool { return strings.Contains(text, "settings."+s.Name) }
	for _, stream := range f.Streams {
		if stream.Incremental != nil && mentions(stream.Incremental.Start.Source) {
			return "2026-02-01T00:00:00Z"
		}
	}
	address := strings.HasPrefix(strings.ReplaceAll(f.BaseURL.Source, " ", ""), "{{settings."+s.Name)
	switch {
	case len(s.Choices) > 0:
		return s.Choices[0]
	case s.Default != nil && s.Format != "uri" && !address:
		return s.Default
	case s.Type == "integer" || s.Type == "number":
		return 1
	case s.Type == "boolean":
		return true
	case s.Format == "uri" || address || strings.Contains(s.Name, "url"):
		return "https://" + strings.ReplaceAll(s.Name, "_", "-") + "." + f.ID + ".example"
	case s.Format == "date":
		return "2026-02-01"
	case s.Format == "date-time" || strings.HasSuffix(s.Name, "_date"):
		return "2026-02-01T00:00:00Z"
	case s.Format == "email":
		return "someone@example.com"
	}
	for _, n := range f.Network {
		if n.Host == "{"+s.Name+"}" {
			return fmt.Sprintf("%s.%s.example", strings.ReplaceAll(s.Name, "_", "-"), f.ID)
		}
	}
	return "made-up"
}

// keysOf returns the secrets that are private keys.
func keysOf(a *plan.Auth) map[string]bool {
	keys := map[string]bool{}
	for _, way := range append([]*plan.Auth{a}, waysOf(a)...) {
		if way.OAuth2 != nil && way.OAuth2.JWT != nil {
			keys[way.OAuth2.JWT.Key] = true
		}
	}
	return keys
}

func privateKey() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", fmt.Errorf("make key: %w", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), nil
}
