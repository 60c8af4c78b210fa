"""Drives a search from Python: python3 ask_tell.py COMMAND..., such as python3 ask_tell.py ../../run-search.sh ask-tell --space space.yaml"""
import json, math, subprocess, sys

search = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def send(request):
    print(json.dumps(request), file=search.stdin, flush=True)
    answer = json.loads(search.stdout.readline())
    return answer if "error" not in answer else sys.exit(answer["error"])

def objective(x):
    return (x[0] - 0.6) ** 2 + (x[1] - 0.2) ** 2 + (math.log10(x[2]) - 1) ** 2

for _ in range(40):
    candidates = send({"ask": 8})["candidates"]
    send({"tell": [{"id": one["id"], "objectives": [objective(one["x"])]} for one in candidates]})
found = send({"recommend": True})
print(found["basis"], found["x"], objective(found["x"]))
search.stdin.close()
