// The bridge to libtorch: a C interface small enough for any language. Its heart calls any ATen operator by name with tagged arguments
// through the dispatcher; what is not an operator (memory, autograd, threads, devices) has a function of its own below.
// Uses only interfaces that libtorch has had from 1.13 on. Nothing throws across the border: a function returns 0, or 1 with the reason
// in search_torch_error of the same thread.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#if __has_include(<cuda_runtime_api.h>) && __has_include(<c10/cuda/CUDACachingAllocator.h>) && defined(SEARCH_TORCH_CUDA)
#include <c10/cuda/CUDACachingAllocator.h>
#define SEARCH_TORCH_CUDA_STATISTICS 1
#endif

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

// The dispatcher's own entries are never unloaded, so these are neither.
struct Operator {
  c10::OperatorHandle handle;
};

enum Tag : int32_t {
  kNone = 0,
  kBool = 1,
  kInt = 2,
  kDouble = 3,
  kTensor = 4,
  kInts = 5,
  kDoubles = 6,
  kTensors = 7,
  kOptionalTensors = 8,
  kString = 9,
  kDevice = 10,
  kBools = 11,
  kDefault = 12,
};

// value: a number (doubles by their bits), a tensor handle, or a pointer to length elements.
struct Argument {
  int32_t tag;
  int32_t length;
  int64_t value;
};

at::Tensor& tensor(int64_t handle) { return *reinterpret_cast<at::Tensor*>(handle); }

at::Tensor* keep(at::Tensor value) {
  auto* kept = new at::Tensor(std::move(value));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return kept;
}

void release(at::Tensor* kept) {
  delete kept;
  live_tensors.fetch_sub(1, std::memory_order_relaxed);
}

double number(int64_t bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

c10::IValue to_ivalue(const Argument& argument, const c10::Argument& declared) {
  switch (argument.tag) {
    case kNone:
      return c10::IValue();
    case kBool:
      return c10::IValue(argument.value != 0);
    case kInt:
      return c10::IValue(argument.value);
    case kDouble:
      return c10::IValue(number(argument.value));
    case kTensor:
      return c10::IValue(tensor(argument.value));
    case kInts: {
      const auto* values = reinterpret_cast<const int64_t*>(argument.value);
      return c10::IValue(std::vector<int64_t>(values, values + argument.length));
    }
    case kDoubles: {
      const auto* values = reinterpret_cast<const double*>(argument.value);
      return c10::IValue(std::vector<double>(values, values + argument.length));
    }
    case kBools: {
      const auto* values = reinterpret_cast<const int64_t*>(argument.value);
      c10::List<bool> list;
      for (int32_t i = 0; i < argument.length; i++) list.push_back(values[i] != 0);
      return c10::IValue(std::move(list));
    }
    case kTensors: {
      const auto* handles = reinterpret_cast<const int64_t*>(argument.value);
      c10::List<at::Tensor> list;
      for (int32_t i = 0; i < argument.length; i++) list.push_back(tensor(handles[i]));
      return c10::IValue(std::move(list));
    }
    case kOptionalTensors: {
      const auto* handles = reinterpret_cast<const int64_t*>(argument.value);
      c10::List<c10::optional<at::Tensor>> list;
      for (int32_t i = 0; i < argument.length; i++) list.push_back(handles[i] == 0 ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(tensor(handles[i])));
      return c10::IValue(std::move(list));
    }
    case kString:
      return c10::IValue(std::string(reinterpret_cast<const char*>(argument.value), argument.length));
    case kDevice:
      return c10::IValue(c10::Device(std::string(reinterpret_cast<const char*>(argument.value), argument.length)));
    case kDefault:
      TORCH_CHECK(declared.default_value().has_value(), "argument '", declared.name(), "' has no default");
      return *declared.default_value();
    default:
      TORCH_CHECK(false, "argument '", declared.name(), "' has the unknown tag ", argument.tag);
  }
}

void add_result(const c10::IValue& value, Argument* results, int32_t capacity, int32_t* count) {
  if (value.isTensorList()) {
    for (const at::Tensor& each : value.toTensorVector()) add_result(each, results, capacity, count);
    return;
  }
  TORCH_CHECK(*count < capacity, "more than ", capacity, " results");
  Argument& result = results[(*count)++];
  result = Argument{kNone, 0, 0};
  if (value.isTensor()) {
    if (value.toTensor().defined()) {
      result.tag = kTensor;
      result.value = reinterpret_cast<int64_t>(keep(value.toTensor()));
    }
  } else if (value.isBool()) {
    result.tag = kBool;
    result.value = value.toBool();
  } else if (value.isInt()) {
    result.tag = kInt;
    result.value = value.toInt();
  } else if (value.isDouble()) {
    double number = value.toDouble();
    result.tag = kDouble;
    std::memcpy(&result.value, &number, sizeof number);
  } else {
    TORCH_CHECK(value.isNone(), "a result of type ", value.tagKind(), " cannot be returned");
  }
}

template <typename F>
int32_t guarded(F&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  } catch (...) {
    last_error = "unknown error";
  }
  return 1;
}

using GradientCallback = int32_t (*)(void* context, int64_t index, at::Tensor* gradient);

// The end of the graph at a watched tensor: hands the whole gradient over instead of storing it. The engine runs ready nodes by falling
// sequence number, so this one, like its own AccumulateGrad, goes before whatever computes the next gradient: one is in memory at a time.
struct WatchNode : torch::autograd::Node {
  WatchNode(GradientCallback callback, void* context, int64_t index)
      : Node(/*sequence_nr=*/UINT64_MAX), callback(callback), context(context), index(index) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    if (gradients[0].defined()) {
      // The callback owns the handle.
      TORCH_CHECK(callback(context, index, keep(std::move(gradients[0]))) == 0, "the gradient was refused");
    }
    return {};
  }

  GradientCallback callback;
  void* context;
  int64_t index;
};

c10::Device device_of(int32_t cuda) { return cuda < 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(cuda)); }

}  // namespace

// The last error of the calling thread; valid until its next call.
EXPORT const char* search_torch_error() { return last_error.c_str(); }

// The version this file was compiled against.
EXPORT const char* search_torch_version() { return TORCH_VERSION; }

// The version of the libtorch that is loaded, or "" where it does not say.
EXPORT const char* search_torch_loaded_version() {
  static const std::string version = [] {
    const std::string settings = at::show_config();
    const std::string key = "TORCH_VERSION=";
    const size_t start = settings.find(key);
    if (start == std::string::npos) return std::string();
    const size_t value = start + key.size();
    return settings.substr(value, settings.find_first_of(", \n", value) - value);
  }();
  return version.c_str();
}

// The folder of the libtorch this file was compiled against, or "" for the system's.
EXPORT const char* search_torch_folder() { return SEARCH_TORCH_FOLDER; }

// How many tensor handles have not been released.
EXPORT int64_t search_torch_live() { return live_tensors.load(); }

// Finds an operator such as ("aten::add", "Tensor").
EXPORT int32_t search_torch_find(const char* name, const char* overload, Operator** result) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "this libtorch has no operator ", name, *overload ? "." : "", overload);
    *result = new Operator{*handle};
  });
}

// Calls an operator; missing trailing arguments take their defaults. List results are returned one by one.
EXPORT int32_t search_torch_call(const Operator* op, const Argument* arguments, int32_t argument_count, Argument* results, int32_t capacity, int32_t* result_count) {
  *result_count = 0;
  const int32_t status = guarded([&] {
    const auto& declared = op->handle.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(argument_count) <= declared.size(), op->handle.schema().name(), " takes ", declared.size(), " arguments, not ", argument_count);
    torch::jit::Stack stack;
    stack.reserve(std::max<size_t>(declared.size(), 4));
    for (size_t i = 0; i < declared.size(); i++) {
      stack.push_back(to_ivalue(i < static_cast<size_t>(argument_count) ? arguments[i] : Argument{kDefault, 0, 0}, declared[i]));
    }
    op->handle.callBoxed(&stack);
    for (const c10::IValue& value : stack) add_result(value, results, capacity, result_count);
  });
  for (int32_t i = 0; status != 0 && i < *result_count; i++) {
    if (results[i].tag == kTensor) release(&tensor(results[i].value));
  }
  return status;
}

// Wraps memory on the CPU, row-major, without a copy. When the last tensor that shares it is gone, release(context) is called, on any thread.
EXPORT int32_t search_torch_wrap(
    void* data, const int64_t* sizes, int32_t dimensions, int32_t scalar_type, void (*release)(void*), void* context, at::Tensor** result) {
  return guarded([&] {
    *result = keep(at::from_blob(
        data, at::IntArrayRef(sizes, dimensions), [release, context](void*) { release(context); }, at::TensorOptions().dtype(static_cast<at::ScalarType>(scalar_type))));
  });
}

EXPORT void search_torch_release(at::Tensor* handle) { release(handle); }

// Shape (up to capacity dimensions), element type, device (-1 for the CPU, else the CUDA index), and the elements' address where they lie
// row-major on the CPU.
EXPORT int32_t search_torch_describe(const at::Tensor* handle, int64_t* sizes, int32_t capacity, int32_t* dimensions, int32_t* scalar_type, int32_t* cuda, void** data) {
  return guarded([&] {
    TORCH_CHECK(handle->dim() <= capacity, "a tensor with ", handle->dim(), " dimensions");
    *dimensions = static_cast<int32_t>(handle->dim());
    for (int32_t i = 0; i < *dimensions; i++) sizes[i] = handle->size(i);
    *scalar_type = static_cast<int32_t>(handle->scalar_type());
    *cuda = handle->is_cpu() ? -1 : handle->device().index();
    *data = handle->is_cpu() && handle->is_contiguous() ? handle->data_ptr() : nullptr;
  });
}

// A tensor that shares another's elements and whose gradient, summed over all its uses, goes to the callback during a backward pass.
EXPORT int32_t search_torch_watch(const at::Tensor* handle, GradientCallback callback, void* context, int64_t index, at::Tensor** result) {
  return guarded([&] {
    at::Tensor watched = handle->detach();
    auto node = std::make_shared<WatchNode>(callback, context, index);
    torch::autograd::create_gradient_edge(watched, std::move(node));
    *result = keep(std::move(watched));
  });
}

// Back-propagates from scalars, each weighed 1, and frees their graphs.
EXPORT int32_t search_torch_backward(at::Tensor* const* roots, int32_t count) {
  return guarded([&] {
    torch::autograd::variable_list tensors;
    for (int32_t i = 0; i < count; i++) tensors.push_back(*roots[i]);
    torch::autograd::backward(tensors);
  });
}

// Whether the calling thread records what a backward pass needs.
EXPORT int32_t search_torch_record_gradients(int32_t enabled) {
  return guarded([&] { at::GradMode::set_enabled(enabled != 0); });
}

EXPORT int32_t search_torch_records_gradients() { return at::GradMode::is_enabled() ? 1 : 0; }

// Threads that operators called from this thread may use; an OpenBLAS under libtorch follows.
EXPORT int32_t search_torch_threads(int32_t count) {
  return guarded([&] {
    if (at::get_num_threads() != count) at::set_num_threads(count);
    if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
  });
}

// How many CUDA devices there are; 0 without CUDA.
EXPORT int32_t search_torch_cuda_devices(int32_t* count) {
  return guarded([&] {
    // Products and convolutions in full float32: TensorFloat-32's ten bits would show in every score.
    at::globalContext().setAllowTF32CuBLAS(false);
    at::globalContext().setAllowTF32CuDNN(false);
    *count = static_cast<int32_t>(torch::cuda::is_available() ? torch::cuda::device_count() : 0);
  });
}

// Waits until a device has done everything asked of it.
EXPORT int32_t search_torch_synchronize(int32_t cuda) {
  return guarded([&] {
    if (cuda >= 0) torch::cuda::synchronize(cuda);
  });
}

// Bytes that tensors take on a CUDA device now and at most since the last reset; -1 where this build cannot tell.
EXPORT int32_t search_torch_memory(int32_t cuda, int32_t reset, int64_t* now, int64_t* peak) {
  return guarded([&] {
    *now = *peak = -1;
#ifdef SEARCH_TORCH_CUDA_STATISTICS
    if (cuda >= 0) {
      auto statistics = c10::cuda::CUDACachingAllocator::getDeviceStats(device_of(cuda).index());
      *now = statistics.allocated_bytes[0].current;
      *peak = statistics.allocated_bytes[0].peak;
      if (reset) c10::cuda::CUDACachingAllocator::resetPeakStats(device_of(cuda).index());
    }
#else
    (void)cuda;
    (void)reset;
#endif
  });
}
