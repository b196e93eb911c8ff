package aws

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// The credential of the connection, and the external ID of the roles that it takes.
const (
	OwnKey     = "AKIAPLUMBLINE0000001"
	OwnSecret  = "canary/secret+of+the+access+key+1234567890"
	ExternalID = "plumbline-4711"
	ownName    = "plumbline" // the user of the credential
	roleSecret = "canary/secret+of+a+role+abcdefghijklmnopqr"
)

// Cloud is AWS with the accounts of the company. It is safe for concurrent use once its exported
// fields are set.
type Cloud struct {
	RefusedAccount string                                    // its role may not be taken
	RefusedRegion  string                                    // a policy of the organization denies it
	Instead        func(q *Question) (answered bool, f Fail) // replaces answers
	Emulates       bool                                      // everything is sent as text/html
	Administrator  bool                                      // the user of the credential has every right

	mode    vendor.Mode
	lists   tables
	pending int // answers before the credential report is made

	mu      sync.Mutex
	asked   int
	unknown []string
	waited  int
}

// Question is a request of an operation.
type Question struct {
	Service, Name string // such as iam and ListUsers

	r               *http.Request
	region, account string
	form            url.Values
	body            map[string]any
	bucket          string
	html            bool // the answer has the type of a web page
}

// Fail is an error in AWS's words.
type Fail struct {
	Status        int
	Code, Message string
}

// ServeHTTP implements http.Handler.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked++
	c.mu.Unlock()
	if r.Method == http.MethodHead {
		return // is there anybody?
	}
	q, f := c.read(r)
	if f.Status != 0 {
		q.refuse(w, f)
		return
	}
	if c.Instead != nil {
		if answered, f := c.Instead(q); answered {
			q.refuse(w, f)
			return
		}
	}
	op, known := operations()[q.Service+" "+q.Name]
	if !known {
		c.mu.Lock()
		c.unknown = append(c.unknown, q.Service+" "+q.Name)
		c.mu.Unlock()
		q.refuse(w, Fail{400, "InvalidAction", "The action " + q.Name + " is not valid for this endpoint."})
		return
	}
	if f := c.allowed(q, op.action); f.Status != 0 {
		q.refuse(w, f)
		return
	}
	answer, f := op.answer(c, q)
	if f.Status != 0 {
		q.refuse(w, f)
		return
	}
	q.html = c.Emulates
	q.write(w, answer)
}

// allowed judges the permission as AWS does, before it looks for the thing.
func (c *Cloud) allowed(q *Question, action string) Fail {
	denied := Fail{403, "AccessDenied", "User: arn:aws:iam::" + q.account + ":user/" + ownName + " is not authorized to perform: " + action}
	switch {
	case action != "" && action == c.mode.Without:
		return denied
	case action == "sts:AssumeRole" && strings.Contains(q.form.Get("RoleArn"), "::"+c.RefusedAccount+":"):
		return denied
	case q.region == c.RefusedRegion && !slices.Contains([]string{"sts", "iam", "organizations", "s3"}, q.Service):
		denied.Message += " with an explicit deny in a service control policy"
		return denied
	}
	return Fail{}
}

// read finds out who asks for what, and checks the signature.
func (c *Cloud) read(r *http.Request) (*Question, Fail) {
	raw, _ := io.ReadAll(r.Body)
	q := &Question{r: r}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	scope := strings.Split(credential, "/")
	if len(scope) != 5 {
		return q, Fail{403, "MissingAuthenticationToken", "Request is missing Authentication Token"}
	}
	q.region, q.Service = scope[2], scope[3]
	q.operation(raw)
	secret := OwnSecret
	switch {
	case c.mode.Refuse:
		return q, Fail{403, "InvalidClientTokenId", "The security token included in the request is invalid."}
	case scope[0] == OwnKey:
		q.account = c.lists.accounts[0].ID
	case strings.HasPrefix(scope[0], "ASIA") && r.Header.Get("X-Amz-Security-Token") == "token-of-"+scope[0][4:]:
		q.account, secret = scope[0][4:], roleSecret
	default:
		return q, Fail{403, "InvalidClientTokenId", "The security token included in the request is invalid."}
	}
	if got, want := r.Header.Get("Authorization"), signed(r, raw, scope, secret); got != want {
		return q, Fail{403, "SignatureDoesNotMatch", "The request signature we calculated does not match: " + want}
	}
	return q, Fail{}
}

// signed returns the header Authorization that the request should have.
func signed(r *http.Request, raw []byte, scope []string, secret string) string {
	again := &http.Request{
		Method: r.Method, Host: r.Host, Header: http.Header{},
		URL: &url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	_, names, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	for name := range strings.SplitSeq(names, ";") {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = int64(len(raw))
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	sum := sha256.Sum256(raw)
	at, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	credentials := aws.Credentials{AccessKeyID: scope[0], SecretAccessKey: secret, SessionToken: r.Header.Get("X-Amz-Security-Token")}
	_ = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = scope[3] == "s3" }).SignHTTP(
		r.Context(), credentials, again, hex.EncodeToString(sum[:]), scope[3], scope[2], at)
	return again.Header.Get("Authorization")
}

// operation reads the name of the operation, in the way of the service's protocol.
func (q *Question) operation(raw []byte) {
	path, query := strings.Trim(q.r.URL.Path, "/"), q.r.URL.Query()
	_ = json.Unmarshal(raw, &q.body)
	switch q.Service {
	case "s3":
		q.bucket, _, _ = strings.Cut(path, "/")
		q.form = query
		if q.bucket == "v20180820" {
			q.Name = "GetAccountPublicAccessBlock"
			return
		}
		q.Name = "ListBuckets"
		for parameter, name := range map[string]string{
			"location": "GetBucketLocation", "publicAccessBlock": "GetPublicAccessBlock", "policyStatus": "GetBucketPolicyStatus",
			"acl": "GetBucketAcl", "encryption": "GetBucketEncryption", "versioning": "GetBucketVersioning",
			"logging": "GetBucketLogging", "tagging": "GetBucketTagging",
		} {
			if query.Has(parameter) {
				q.Name = name
			}
		}
	case "guardduty":
		q.Name, q.form = "ListDetectors", query
		if strings.HasPrefix(path, "detector/") {
			q.Name, q.bucket = "GetDetector", path[len("detector/"):]
		}
	case "securityhub":
		q.Name = map[string]string{"GET accounts": "DescribeHub", "POST findings": "GetFindings"}[q.r.Method+" "+path]
	case "kms", "organizations", "config", "cloudtrail":
		target := q.r.Header.Get("X-Amz-Target")
		q.Name = target[strings.LastIndexByte(target, '.')+1:]
	default:
		q.form, _ = url.ParseQuery(string(raw))
		q.Name = q.form.Get("Action")
	}
}

// refuse writes an error in the form of the service's protocol.
func (q *Question) refuse(w http.ResponseWriter, f Fail) {
	status, contentType := f.Status, "text/xml"
	var body string
	switch q.Service {
	case "s3":
		contentType = "application/xml"
		body = tag("Error", tag("Code", f.Code), tag("Message", f.Message), tag("RequestId", "request-1"))
	case "ec2":
		if f.Code == "AccessDenied" {
			f.Code = "UnauthorizedOperation"
		}
		body = tag("Response", tag("Errors", tag("Error", tag("Code", f.Code), tag("Message", f.Message))), tag("RequestID", "request-1"))
	case "kms", "organizations", "config", "cloudtrail", "guardduty", "securityhub":
		contentType = "application/x-amz-json-1.1"
		if f.Code == "AccessDenied" {
			f.Code = "AccessDeniedException"
		}
		name, member := "__type", "message"
		if q.Service == "guardduty" || q.Service == "securityhub" {
			contentType = "application/json"
			w.Header().Set("X-Amzn-Errortype", f.Code+":http://internal.amazon.com/coral/com.amazon.coral.service/")
			name, member = "none", "Message"
		} else if status == http.StatusForbidden {
			status = http.StatusBadRequest
		}
		raw, _ := json.Marshal(map[string]string{name: "com.amazonaws#" + f.Code, member: f.Message})
		body = string(raw)
	default:
		body = tag("ErrorResponse", tag("Error", tag("Type", "Sender"), tag("Code", f.Code), tag("Message", f.Message)),
			tag("RequestId", "request-1"))
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// write writes the answer in the form of the service's protocol: XML for a text, else JSON.
func (q *Question) write(w http.ResponseWriter, answer any) {
	text, isXML := answer.(string)
	contentType := map[bool]string{true: "text/xml", false: "application/x-amz-json-1.1"}[isXML]
	if q.html {
		contentType = "text/html; charset=utf-8"
	}
	w.Header().Set("Content-Type", contentType)
	if !isXML {
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	switch q.Service {
	case "s3":
	case "ec2":
		text = tag(q.Name+"Response", tag("requestId", "request-1"), text)
	default:
		text = tag(q.Name+"Response", tag(q.Name+"Result", text), tag("ResponseMetadata", tag("RequestId", "request-1")))
	}
	_, _ = io.WriteString(w, xml.Header+text)
}

// tag writes an element. Texts that begin with an element are its children.
func tag(name string, children ...string) string {
	var b bytes.Buffer
	b.WriteString("<" + name + ">")
	for _, c := range children {
		if strings.HasPrefix(c, "<") {
			b.WriteString(c)
		} else {
			_ = xml.EscapeText(&b, []byte(c))
		}
	}
	b.WriteString("</" + name + ">")
	return b.String()
}

// list writes a list.
func list[T any](name, item string, rows []T, write func(T) []string) string {
	var all []string
	for _, r := range rows {
		all = append(all, tag(item, write(r)...))
	}
	return tag(name, all...)
}

func truth(b bool) string { return strconv.FormatBool(b) }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// page returns a page of rows and the token of the next one. In a moving cloud a page begins with the last row of the
// page before, as when something was created meanwhile.
func page[T any](c *Cloud, rows []T, token, most string, usual int) ([]T, string) {
	size, err := strconv.Atoi(most)
	if err != nil || size > usual {
		size = usual
	}
	if c.mode.Moving {
		size = min(size, 7)
	}
	from, _ := strconv.Atoi(strings.TrimPrefix(token, "next-"))
	end := min(from+size, len(rows))
	begin := from
	if c.mode.Moving && begin > 0 {
		begin--
	}
	if end >= len(rows) {
		return rows[begin:], ""
	}
	return rows[begin:end], fmt.Sprint("next-", end)
}

// Requests returns the number of requests so far.
func (c *Cloud) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Problems returns the operations that the simulator does not know.
func (c *Cloud) Problems() (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range c.unknown {
		all = append(all, "the simulator does not know "+name)
	}
	return all
}
