"""Calls that Kapre refuses: which exception it raises, and which ours does.

A call is the text after `kapre.`; `raised` runs it with either package.
"""

import keras
import numpy as np

WAVE = np.zeros((2, 40, 1), "float32")
INTEGERS = np.zeros((2, 40, 1), "int32")
IMAGE = np.full((2, 6, 9, 1), 0.5, "float32")
STEREO = np.full((2, 6, 9, 2), 0.5, "float32")
PAIRS = np.full((2, 6, 9, 1, 2), 0.5, "float32")
MELS = {"n_fft": 16, "n_mels": 4}
BANK = {"sample_rate": 16000, "n_freq": 9}

# Both raise this.
SAME = {
    "STFT(input_data_format='middle')": "ValueError",
    "STFT(output_data_format=3)": "TypeError",
    "STFT(output_data_format=None)": "TypeError",
    "STFT(input_data_format={'config':'default'})": "TypeError",
    "STFT(window_name='boxcar')": "NotImplementedError",
    "STFT(n_fft=16)(INTEGERS)": "ValueError",
    "InverseSTFT(input_data_format='middle')": "ValueError",
    "InverseSTFT(forward_window_name='boxcar')": "NotImplementedError",
    "InverseSTFT(output_data_format=1)": "TypeError",
    "InverseSTFT(n_fft=16)(IMAGE)": "ValueError",
    "MagnitudeToDecibel(ref_value=0)(IMAGE)": "ValueError",
    "MagnitudeToDecibel(amin=-1.0)(IMAGE)": "ValueError",
    "MagnitudeToDecibel(dynamic_range=0)(IMAGE)": "ValueError",
    "backend.magnitude_to_decibel(TENSOR,ref_value=0)": "ValueError",
    "backend.magnitude_to_decibel(TENSOR,amin=0)": "ValueError",
    "backend.magnitude_to_decibel(TENSOR,dynamic_range=-1)": "ValueError",
    "ApplyFilterbank('mel',{})": "TypeError",
    "ApplyFilterbank('mel',{**BANK, 'n_freq':9,'n_bins':3})": "TypeError",
    "ApplyFilterbank('mel',BANK,data_format='x')": "ValueError",
    "ApplyFilterbank('mel',BANK,data_format=1)": "TypeError",
    "ApplyFilterbank('log',{**BANK, 'n_freq':9,'n_bins':120})": "RuntimeError",
    "ApplyFilterbank(type='mel')": "TypeError",
    "ApplyFilterbank()": "TypeError",
    "backend.filterbank_log(16000,9,n_bins=120)": "RuntimeError",
    "backend.get_window_fn('boxcar')": "NotImplementedError",
    "backend.get_window_fn('')": "NotImplementedError",
    "backend.validate_data_format_str('middle')": "ValueError",
    "backend.validate_data_format_str(None)": "TypeError",
    "backend.validate_data_format_str(3)": "TypeError",
    "Delta(win_length=2)": "ValueError",
    "Delta(win_length=1)": "ValueError",
    "Delta(win_length=4)": "ValueError",
    "Delta(win_length=-3)": "ValueError",
    "Delta(mode='edge')": "ValueError",
    "Delta(data_format='x')": "ValueError",
    "Delta(data_format=2)": "TypeError",
    "ConcatenateFrequencyMap(data_format='x')": "ValueError",
    "ConcatenateFrequencyMap(data_format=0)": "TypeError",
    "Frame(0,1)": "ValueError",
    "Frame(-1,1)": "ValueError",
    "Frame(5,0)": "ValueError",
    "Frame(5,-1)": "ValueError",
    "Frame(5,6)": "ValueError",
    "Frame(5,2,data_format='x')": "ValueError",
    "Frame(5,2,data_format=1)": "TypeError",
    "Frame(5)": "TypeError",
    "Energy(data_format='x')": "ValueError",
    "Energy(data_format=1)": "TypeError",
    "MuLawEncoding(1)": "ValueError",
    "MuLawEncoding(0)": "ValueError",
    "MuLawEncoding(65537)": "ValueError",
    "MuLawEncoding()": "TypeError",
    "MuLawDecoding()": "TypeError",
    "LogmelToMFCC(data_format='x')": "ValueError",
    "LogmelToMFCC(data_format=1)": "TypeError",
    "ChannelSwap(data_format='x')": "ValueError",
    "ChannelSwap(data_format=1)": "TypeError",
    "ChannelSwap()(WAVE[...,0],training=True)": "ValueError",
    "ChannelSwap()(IMAGE[...,None],training=True)": "ValueError",
    "SpecAugment(0,3)": "RuntimeError",
    "SpecAugment(3,0)": "RuntimeError",
    "SpecAugment(None,3)": "RuntimeError",
    "SpecAugment(3,None)": "RuntimeError",
    "SpecAugment(3)": "TypeError",
    "SpecAugment(2,3,data_format='x')": "ValueError",
    "SpecAugment(2,3,data_format=1)": "TypeError",
    "SpecAugment(2,3)(WAVE,training=True)": "ValueError",
    "SpecAugment(20,3)(IMAGE,training=True)": "ValueError",
    "SpecAugment(2,30)(IMAGE,training=True)": "ValueError",
    "SpecAugment(2,3)._apply_masks_to_axis(IMAGE[0],-1,1,1)": "NotImplementedError",
    "SpecAugment(2,3)._apply_masks_to_axis(IMAGE[0],0,30,1)": "ValueError",
    "STFTTflite(input_data_format='x')": "ValueError",
    "STFTTflite(window_name='x')": "NotImplementedError",
    "get_stft_magnitude_layer(input_data_format='x')": "ValueError",
    "get_stft_magnitude_layer(output_data_format=1)": "TypeError",
    "get_stft_magnitude_layer(window_name='boxcar')": "NotImplementedError",
    "get_melspectrogram_layer(input_data_format='x')": "ValueError",
    "get_melspectrogram_layer(output_data_format=1)": "TypeError",
    "get_melspectrogram_layer(**MELS,return_decibel=True,db_amin=0.0)(WAVE)": "ValueError",
    "get_log_frequency_spectrogram_layer(input_data_format='x')": "ValueError",
    "get_log_frequency_spectrogram_layer(output_data_format=1)": "TypeError",
    "get_log_frequency_spectrogram_layer(log_n_bins=200)": "RuntimeError",
    "get_log_frequency_spectrogram_layer(sample_rate=4000)": "RuntimeError",
    "get_stft_mag_phase((40,1),input_data_format='x')": "ValueError",
    "get_stft_mag_phase((40,1),output_data_format=1)": "TypeError",
    "get_stft_mag_phase()": "TypeError",
    "get_perfectly_reconstructing_stft_istft(16,4,'x','default')": "ValueError",
    "get_perfectly_reconstructing_stft_istft(16,4,'default',1)": "TypeError",
    "get_perfectly_reconstructing_stft_istft(16)": "TypeError",
    "get_frequency_aware_conv2d(filters=2,kernel_size=3,groups=2)": "ValueError",
    "get_frequency_aware_conv2d('default','n',2,3,groups=2)": "ValueError",
    "get_frequency_aware_conv2d(data_format='x',filters=2,kernel_size=3)": "ValueError",
    "get_frequency_aware_conv2d(data_format=1,filters=2,kernel_size=3)": "TypeError",
    "get_frequency_aware_conv2d()": "TypeError",
}

# Kapre raises the first, or takes it ("ok"), ours the second: where Kapre fails by accident,
# later or elsewhere than at fault; where it computes nonsense in silence; where ours does what
# was asked for.
INSTEAD = {
    "ApplyFilterbank('mel',{**BANK,'n_mels':3})(IMAGE[:,:,2:])": (
        "InvalidArgumentError",
        "ValueError",
    ),
    "STFT(n_fft=0)": ("ok", "ValueError"),
    "STFT(n_fft=-1)": ("ok", "ValueError"),
    "STFT(n_fft='16')": ("TypeError", "ValueError"),
    "STFT(n_fft=16.0)": ("ok", "ValueError"),
    "STFT(n_fft=None)": ("TypeError", "ValueError"),
    "STFT(win_length=0)": ("ok", "ValueError"),
    "STFT(win_length=3)": ("ok", "ValueError"),
    "STFT(hop_length=0)": ("ok", "ValueError"),
    "STFT(hop_length=-1)": ("ok", "ValueError"),
    "STFT(n_fft=16,hop_length=0)(WAVE)": ("InvalidArgumentError", "ValueError"),
    "STFT(n_fft=16,hop_length=20,pad_begin=True)(WAVE)": ("InvalidArgumentError", "ValueError"),
    "STFT(n_fft=16,win_length=15,window_name='kaiser_bessel_derived_window')(WAVE)": (
        "InvalidArgumentError",
        "ValueError",
    ),
    "STFT(n_fft=16)(WAVE[...,0])": ("InvalidArgumentError", "ValueError"),
    "STFT(n_fft=16)(WAVE[...,None])": ("InvalidArgumentError", "ValueError"),
    "STFT(n_fft=16,pad_begin='yes')": ("ok", "ValueError"),
    "Phase(approx_atan_accuracy=-1)": ("ok", "ValueError"),
    "MagnitudeToDecibel(amin=None)(IMAGE)": ("TypeError", "ok"),
    "backend.magnitude_to_decibel(TENSOR,amin=None)": ("TypeError", "ok"),
    "ApplyFilterbank('bark',{})(IMAGE)": ("AttributeError", "ValueError"),
    "backend.filterbank_mel(16000,9,norm='bogus')": ("ParameterError", "ValueError"),
    "backend.filterbank_mel(0,9)": ("ZeroDivisionError", "ValueError"),
    "backend.filterbank_mel(16000,9,n_mels=0)": ("ok", "ValueError"),
    "Delta(mode=3)": ("AttributeError", "ValueError"),
    "Delta(win_length='5')": ("TypeError", "ValueError"),
    "Delta(win_length=9,mode='reflect')(IMAGE[:,:3])": ("InvalidArgumentError", "ok"),
    "Delta(win_length=9,mode='symmetric')(IMAGE[:,:3])": ("InvalidArgumentError", "ok"),
    "Delta()(STEREO)": ("InvalidArgumentError", "ok"),
    "ConcatenateFrequencyMap()(WAVE)": ("InvalidArgumentError", "ValueError"),
    "Frame('5',6)": ("TypeError", "ValueError"),
    "Energy(frame_length=0)": ("ok", "ValueError"),
    "Energy(frame_length=5,hop_length=0)(WAVE)": ("InvalidArgumentError", "ValueError"),
    "MuLawEncoding('256')": ("TypeError", "ValueError"),
    "MuLawDecoding(1)": ("ok", "ValueError"),
    "MuLawDecoding(0)": ("ok", "ValueError"),
    "LogmelToMFCC(n_mfccs=0)": ("ok", "ValueError"),
    "LogmelToMFCC(n_mfccs=-1)": ("ok", "ValueError"),
    "SpecAugment(-1,3)": ("ok", "ValueError"),
    "SpecAugment(2,3)(STEREO,training=True)": ("RuntimeError", "ok"),
    "SpecAugment(2,3)._apply_masks_to_axis(IMAGE[0],3,1,1)": (
        "IndexError",
        "NotImplementedError",
    ),
    "STFTTflite(n_fft=16,win_length=20)(WAVE)": ("ValueError", "ok"),
    "STFTTflite(n_fft=16)(keras.Input((None,1)))": ("TypeError", "ValueError"),
    "PhaseTflite()(PAIRS)": ("TypeError", "ok"),
}

# Neither refuses these, odd as they look.
TAKEN = (
    "Phase(approx_atan_accuracy=0)",
    "Magnitude()(IMAGE)",
    "Phase()(IMAGE)",
    "MagnitudeToDecibel(ref_value=0)",
    "MagnitudeToDecibel(amin=None)",
    "backend.filterbank_mel(16000,9,n_mels=4,f_max=9000.0)",
    "Energy(frame_length=5,hop_length=6)(WAVE)",
    "MuLawEncoding(2.5)",
    "MuLawDecoding(65537)",
    "LogmelToMFCC(n_mfccs=100)(IMAGE)",
    "ChannelSwap()(WAVE[...,0])",
    "SpecAugment(2,3)(WAVE)",
    "SpecAugment(2,30)(IMAGE)",
    "get_melspectrogram_layer(return_decibel=True,db_amin=0.0)",
    "get_melspectrogram_layer(**MELS,db_amin=None)(WAVE)",
    "get_frequency_aware_conv2d('default','n',4,(3,3))(IMAGE)",
    "get_frequency_aware_conv2d('default','n',4,(3,3),(1,1),'same')(IMAGE)",
)


def raised(kapre, call):
    """The names of the exception's classes, and its message; "ok" if there is none."""
    names = {
        "kapre": kapre,
        "np": np,
        "TENSOR": keras.ops.convert_to_tensor(IMAGE),
        **globals(),
    }
    try:
        eval(f"kapre.{call}", names)
    except Exception as error:
        return [kind.__name__ for kind in type(error).__mro__], str(error)
    return ["ok"], ""
