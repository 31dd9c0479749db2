package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/rediscache"
)

type productInput struct {
	ID string `path:"id" doc:"24 hexadecimal digits" example:"677485805eed5ca1e0000000"`
}

// ProductAnswer is one product.
type ProductAnswer struct {
	Origin
	Data catalog.Product `json:"data"`
}

// none is what the cache keeps of a product that does not exist.
const none = `{"data":null}`

// SimilarAnswer is products like one.
type SimilarAnswer struct {
	Origin
	Data []catalog.Product `json:"data" nullable:"false" maxItems:"4"`
}

func (a *API) registerProducts() {
	op := documented[ProductAnswer](a, operation("product", "/api/products/{id}", "One product"),
		http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(a.huma, a.limited(op), func(ctx context.Context, in *productInput) (*raw, error) {
		return a.aboutProduct(ctx, in, rediscache.Product, fromMongo, func(_ context.Context, p catalog.Product) (any, error) { return p, nil })
	})

	op = documented[SimilarAnswer](a, operation("similar", "/api/products/{id}/similar", "The 4 products most like one"),
		http.StatusNotFound, http.StatusServiceUnavailable)
	op.Description = "By their words (TF-IDF), category and price; never the product itself."
	huma.Register(a.huma, a.limited(op), func(ctx context.Context, in *productInput) (*raw, error) {
		return a.aboutProduct(ctx, in, rediscache.Similar, fromModel, func(ctx context.Context, p catalog.Product) (any, error) {
			return a.Model.Similar(ctx, a.Store, p)
		})
	})
}

// aboutProduct answers what about tells of a product, if there is such a one.
func (a *API) aboutProduct(ctx context.Context, in *productInput, class rediscache.Class, source string,
	about func(context.Context, catalog.Product) (any, error),
) (*raw, error) {
	id, ok := catalog.ParseID(in.ID)
	if !ok {
		return nil, a.answerTo(ctx, catalog.ErrNotFound)
	}
	object, origin, err := a.Cache.Get(ctx, class, string(id), func(ctx context.Context) (rediscache.Value, error) {
		product, err := a.Store.Product(ctx, id)
		if errors.Is(err, catalog.ErrNotFound) {
			return rediscache.Value{JSON: []byte(none), Empty: true}, nil
		}
		if err != nil {
			return rediscache.Value{}, err
		}
		data, err := about(ctx, product)
		if err != nil {
			return rediscache.Value{}, err
		}
		object, err := marshal(map[string]any{"data": data})
		return rediscache.Value{JSON: object}, err
	})
	if err == nil && string(object) == none {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return nil, a.answerTo(ctx, err)
	}
	return answer(ctx, object, origin, source), nil
}
