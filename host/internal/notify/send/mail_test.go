package send_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// secureServer is an SMTP server that demands STARTTLS and the password "hunter22". It answers one session.
type secureServer struct {
	port  int
	roots *x509.CertPool
	text  chan string // of the message that it took
}

func newSecureServer(t *testing.T) *secureServer {
	t.Helper()
	web := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1
	t.Cleanup(web.Close)
	s := &secureServer{roots: x509.NewCertPool(), text: make(chan string, 1)}
	s.roots.AddCert(web.Certificate())
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	ended := make(chan struct{})
	go func() { // ends with the listener
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.session(conn, web.TLS)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return s
}

func (s *secureServer) session(conn net.Conn, config *tls.Config) {
	defer func() { _ = conn.Close() }()
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 mail.test")
	lines, secure, known := bufio.NewReader(conn), false, false
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); {
		case verb == "EHLO" && secure:
			say("250-mail.test\r\n250 AUTH PLAIN")
		case verb == "EHLO":
			say("250-mail.test\r\n250 STARTTLS")
		case verb == "STARTTLS":
			say("220 go on")
			conn = tls.Server(conn, config)
			lines, secure = bufio.NewReader(conn), true
		case verb == "AUTH":
			_, coded, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(coded)
			if known = string(plain) == "\x00plumbline\x00hunter22"; known {
				say("235 welcome")
			} else {
				say("535 5.7.8 hunter99 is not the password")
			}
		case !known && verb != "QUIT":
			say("530 authenticate first")
		case verb == "DATA":
			say("354 go on")
			text := ""
			for line != ".\r\n" && err == nil {
				if line, err = lines.ReadString('\n'); line != ".\r\n" {
					text += line
				}
			}
			s.text <- text
			say("250 2.0.0 queued")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *secureServer) email() notification.Email {
	return notification.Email{
		Server: "127.0.0.1", Port: s.port, Security: notification.SecurityStartTLS, Username: "plumbline", From: "plumbline@example.com",
	}
}

func TestMailIsProtectedAndEscaped(t *testing.T) {
	t.Parallel()
	server := newSecureServer(t)
	sender := send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, server.roots)
	m := send.Message{
		ID: "msg_1", Title: "okta\r\nBcc: eve@example.com", Lines: []string{"<script>alert(1)</script>"}, Link: "https://plumbline.example.com/x",
		At: noon,
	}
	said, err := sender.Mail(t.Context(), server.email(), "hunter22", []string{"ops@example.com"}, m)
	if err != nil || !strings.Contains(said, "queued") {
		t.Fatalf("it says %q, %v", said, err)
	}
	letter, err := mail.ReadMessage(strings.NewReader(<-server.text))
	if err != nil {
		t.Fatal(err)
	}
	if letter.Header.Get("Message-ID") != "<msg_1@example.com>" || letter.Header.Get("Bcc") != "" ||
		letter.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the header is %v", letter.Header)
	}
	_, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(letter.Body, params["boundary"])
	for _, want := range []string{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), "https://plumbline.example.com/x") {
			t.Errorf("a part is %s, %v", text, err)
		}
	}
}

func TestMailThatIsNotLetIn(t *testing.T) {
	t.Parallel()
	server := newSecureServer(t)
	sender := send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, server.roots)
	_, err := sender.Mail(t.Context(), server.email(), "hunter99", []string{"ops@example.com"}, send.Message{ID: "msg_1", At: noon})
	if f := failure(t, err); f.Final || !strings.Contains(f.Said, "535") || strings.Contains(f.Said, "hunter99") ||
		!strings.Contains(f.Remedy, "password") {
		t.Errorf("a wrong password: %+v", f)
	}
	strangers := send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, x509.NewCertPool())
	_, err = strangers.Mail(t.Context(), server.email(), "hunter22", []string{"ops@example.com"}, send.Message{ID: "msg_1", At: noon})
	if f := failure(t, err); !strings.Contains(f.Said, "certificate") {
		t.Errorf("a certificate of no known authority: %+v", f)
	}
}
