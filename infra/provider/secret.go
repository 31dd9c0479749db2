package provider

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Secret is a random text, such as a password.
type Secret struct{}

// SecretArgs are a Secret's inputs.
type SecretArgs struct {
	Length     int `pulumi:"length,optional"`
	Generation int `pulumi:"generation,optional"`
}

// SecretState is a Secret's outputs.
type SecretState struct {
	SecretArgs
	Value string `pulumi:"value" provider:"secret"`
}

// Bounds of a secret's length. The least has 95 bits; a keyfile takes no more than
// the most.
const minSecret, maxSecret = 16, 1024

// Annotate describes the resource.
func (s *Secret) Annotate(a infer.Annotator) {
	a.Describe(&s, "A random text of letters and digits, such as a password or the key of a keyfile. It stays the same until its generation is changed.")
}

// Annotate describes the inputs.
func (args *SecretArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.Length, fmt.Sprintf("Number of characters, from %d to %d. Each has almost 6 bits.", minSecret, maxSecret))
	a.Describe(&args.Generation, "Any number. Another one means another text.")
	a.SetDefault(&args.Length, 32)
	a.SetDefault(&args.Generation, 1)
}

// Annotate describes the outputs.
func (state *SecretState) Annotate(a infer.Annotator) {
	a.Describe(&state.Value, "The text.")
}

// WireDependencies has the engine encrypt the text in the state.
func (s *Secret) WireDependencies(f infer.FieldSelector, args *SecretArgs, state *SecretState) {
	value := f.OutputField(&state.Value)
	value.AlwaysSecret()
	value.DependsOn(f.InputField(&args.Length), f.InputField(&args.Generation))
}

// Check reports every mistake in the inputs.
func (s *Secret) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[SecretArgs], error) {
	args, failures, err := infer.DefaultCheck[SecretArgs](ctx, req.NewInputs)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[SecretArgs]{Inputs: args, Failures: failures}, err
	}
	var c checks
	if args.Length < minSecret || args.Length > maxSecret {
		c.add("length", "%d: must be from %d to %d", args.Length, minSecret, maxSecret)
	}
	return infer.CheckResponse[SecretArgs]{Inputs: args, Failures: c}, nil
}

// Create makes the text.
func (s *Secret) Create(_ context.Context, req infer.CreateRequest[SecretArgs]) (infer.CreateResponse[SecretState], error) {
	resp := infer.CreateResponse[SecretState]{ID: req.Name, Output: SecretState{SecretArgs: req.Inputs}}
	if !req.DryRun {
		resp.Output.Value = randomText(req.Inputs.Length)
	}
	return resp, nil
}

// Update makes another text.
func (s *Secret) Update(_ context.Context, req infer.UpdateRequest[SecretArgs, SecretState]) (infer.UpdateResponse[SecretState], error) {
	resp := infer.UpdateResponse[SecretState]{Output: SecretState{SecretArgs: req.Inputs}}
	if !req.DryRun {
		resp.Output.Value = randomText(req.Inputs.Length)
	}
	return resp, nil
}

const lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// randomText returns letters and digits, each as likely as any other.
func randomText(length int) string {
	text := make([]byte, 0, length)
	var random [256]byte
	for len(text) < length {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			// Bytes above the last multiple of 62 would make the first characters likelier.
			if b < 248 && len(text) < length {
				text = append(text, lettersAndDigits[b%62])
			}
		}
	}
	return string(text)
}
