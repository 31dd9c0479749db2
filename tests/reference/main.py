"""The gateway as a FastAPI developer would write it. `make bench` measures ours beside it."""

import json
import os
import re
import time
from contextlib import asynccontextmanager

from bson import ObjectId
from bson.errors import InvalidId
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import Redis

FROM_MONGO = "MONGODB_DISK 🐢 (FastAPI)"
FROM_REDIS = "REDIS_CACHE ⚡ (FastAPI)"
PAGE = 20
SEARCH_TTL = 60
PRODUCT_TTL = 300

SIGNS = ("^", "^^", "~", "=")  # what the stored terms end in, behind the word
FIELDS = ("name", "price", "description", "category", "brand", "inStock", "rating", "imageUrl", "createdAt")
WORD = re.compile(r"\w+")


@asynccontextmanager
async def lifespan(app: FastAPI):
    mongo = AsyncIOMotorClient(os.environ["MONGO_URI"], maxPoolSize=64)
    app.state.products = mongo.get_default_database("speedscale")["products"]
    app.state.redis = Redis.from_url(os.environ["REDIS_URL"], max_connections=64, decode_responses=True)
    yield
    await app.state.redis.aclose()
    mongo.close()


app = FastAPI(title="SpeedScale FastAPI Gateway", lifespan=lifespan)


def shown(document: dict) -> dict:
    product = {"_id": str(document["_id"])}
    product.update((field, document.get(field)) for field in FIELDS)
    if product["createdAt"] is not None:
        product["createdAt"] = product["createdAt"].isoformat(timespec="microseconds")
    return product


def answer(source: str, start: float, cached: bool, found: dict) -> JSONResponse:
    spent = f"{(time.perf_counter() - start) * 1000:.0f}ms"
    return JSONResponse({"source": source, "time": spent, "cached": cached, **found})


@app.get("/")
async def root():
    return {"message": "SpeedScale FastAPI Gateway is running"}


@app.get("/api/search")
async def search(request: Request, query: str = Query(min_length=1, max_length=100)):
    start = time.perf_counter()
    normalised = query.strip().lower()
    if not normalised:
        raise HTTPException(400, "Query required")

    key = f"ref:search:{normalised}"
    known = await request.app.state.redis.get(key)
    if known is not None:
        return answer(FROM_REDIS, start, True, json.loads(known))

    words = WORD.findall(normalised)
    data = []
    if words:
        has_all = {"$and": [{"terms": {"$in": [word + sign for sign in SIGNS]}} for word in words]}
        cursor = request.app.state.products.find(has_all, FIELDS).limit(PAGE)
        data = [shown(document) async for document in cursor]
    found = {"count": len(data), "data": data}
    await request.app.state.redis.set(key, json.dumps(found), ex=SEARCH_TTL)
    return answer(FROM_MONGO, start, False, found)


@app.get("/api/products/{product_id}")
async def product(request: Request, product_id: str):
    start = time.perf_counter()
    try:
        oid = ObjectId(product_id)
    except InvalidId:
        raise HTTPException(404, "Product not found") from None

    key = f"ref:product:{oid}"
    known = await request.app.state.redis.get(key)
    if known is not None:
        return answer(FROM_REDIS, start, True, json.loads(known))

    document = await request.app.state.products.find_one({"_id": oid}, FIELDS)
    if document is None:
        raise HTTPException(404, "Product not found")
    found = {"data": shown(document)}
    await request.app.state.redis.set(key, json.dumps(found), ex=PRODUCT_TTL)
    return answer(FROM_MONGO, start, False, found)
