#!/bin/sh
# Makes the vectors anew with openssl and CPython alone. The private key is thrown away.
set -eu
cd "$(dirname "$0")"
key=$(mktemp)
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out "$key" 2>/dev/null
openssl pkey -in "$key" -pubout -out public.pem
python3 - <<'PY'
import json
document = {
    "version": "1.4.0",
    "name": "Verfassung \u2014 憲法 \U0001f4dc",
    "weights": [0.1, 1e16, 1e-07, 100.0, -0.0, 12345678901234567890],
    "rules": {"max_wall_clock_seconds": 90, "prohibited_actions": ["delete_production_data"]},
    "governance": {"signature_threshold": 1, "valid_signers": ["founder"]},
}
with open("document.json", "w", encoding="utf-8") as out:
    json.dump(document, out, ensure_ascii=False, indent=1)
with open("canonical.txt", "w", encoding="ascii") as out:
    out.write(json.dumps(document, sort_keys=True, separators=(",", ":")))
PY
openssl dgst -sha256 -sign "$key" -out signature.bin canonical.txt
python3 - <<'PY'
import base64, hashlib, json
document = json.load(open("document.json", encoding="utf-8"))
canonical = open("canonical.txt", "rb").read()
bundle = {
    "version": document["version"],
    "issued_at": "2026-11-25T00:00:00Z",
    "document": document,
    "hash": hashlib.sha256(canonical).hexdigest(),
    "signature": {"signer_id": "founder", "algorithm": "RSA-SHA256",
                  "value": base64.b64encode(open("signature.bin", "rb").read()).decode()},
}
ring = {"keys": [{"signer_id": "founder", "public_key": open("public.pem").read()}]}
json.dump(bundle, open("bundle.json", "w"), indent=1)
json.dump(ring, open("keys.json", "w"), indent=1)
PY
rm -f "$key" signature.bin document.json public.pem
