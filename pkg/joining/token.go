package joining

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// tokenTimeout bounds the wait for the member's controller that puts the token into its Secret.
const tokenTimeout = 30 * time.Second

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Token is what the controllers call the member with. Its value is printed nowhere.
type Token struct {
	uid   string // of the Secret in the member that it is from
	value []byte
}

// Placeholder stands for the token in what is printed.
func Placeholder(account string) Token {
	return Token{uid: "UID-OF-SECRET", value: []byte("TOKEN-OF-SECRET " + account)}
}

// token waits until the member's token controller has filled in the Secret.
func (p Plan) token(ctx context.Context, client dynamic.Interface) (Token, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tokenTimeout, fmt.Errorf("none after %s", tokenTimeout))
	defer cancel()
	missing := errors.New("it is not there yet")
	for {
		secret, err := client.Resource(secrets).Namespace(p.Namespace).Get(ctx, p.account(), metav1.GetOptions{})
		switch {
		case err == nil:
			if value := tokenIn(secret); len(value) > 0 {
				return Token{string(secret.GetUID()), value}, nil
			}
			missing = errors.New("it is still empty")
		case ctx.Err() == nil && !apierrors.IsNotFound(err): // a look that the end of the wait cut short says nothing
			return Token{}, fmt.Errorf("reading the token in Secret %s: %w", p.account(), member.Plain(err))
		}
		select {
		case <-ctx.Done():
			return Token{}, fmt.Errorf("waiting for the token in Secret %s: %w (%w)", p.account(), missing, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tokenIn is the token in a Secret; nil when there is none.
func tokenIn(secret *unstructured.Unstructured) []byte {
	text, _, err := unstructured.NestedString(secret.Object, "data", "token")
	if err != nil {
		return nil
	}
	value, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return value
}

// accountOf is the name of the service account that a token was issued to; "" when it doesn't say. The token is
// a JWT: its middle part is readable, and nobody has to check its signature to find an object by its name.
func accountOf(token []byte) string {
	parts := strings.Split(string(token), ".")
	if len(parts) != 3 {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct{ Sub string }
	if err := json.Unmarshal(data, &claims); err != nil {
		return ""
	}
	subject := strings.Split(claims.Sub, ":") // system:serviceaccount:NAMESPACE:NAME
	if len(subject) != 4 || subject[1] != "serviceaccount" {
		return ""
	}
	return subject[3]
}
